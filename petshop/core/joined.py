"""Rows of several tables at once, from a statement that is written out."""

from collections.abc import Iterator, Sequence

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model


class Join:
    """What `select_related` does, for the few pages that are asked for all day: building the statement of such a join anew
    cost them a sixth. `tables` is all of it from FROM on, and each model is named as its table is there. `also` is what else
    is asked for each row.
    """

    def __init__(self, tables: str, *, also: Sequence[str] = (), **models: type[Model]):
        columns = [
            f'{name}."{field.column}"' for name, model in models.items() for field in model._meta.concrete_fields
        ]
        self.statement = f"SELECT {', '.join([*columns, *also])} {tables}"
        self.readers = []
        end = 0
        for model in models.values():
            start, end = end, end + len(model._meta.concrete_fields)
            self.readers.append((Reader(model), slice(start, end)))
        self.width = end

    def read(self, *values) -> Iterator[list]:
        """An object of each model for each row, in their order, and then what else was asked for; None in the place of an
        object that an outer join did not find."""
        with connection.cursor() as cursor:
            cursor.execute(self.statement, values)
            rows = cursor.fetchall()
        for row in rows:
            yield [*(reader.read(row[columns]) for reader, columns in self.readers), *row[self.width :]]


class Reader:
    """Makes objects of one model of what the database says of all its fields, as a queryset does."""

    def __init__(self, model: type[Model]):
        fields = model._meta.concrete_fields
        self.model = model
        self.names = [field.attname for field in fields]
        self.key = fields.index(model._meta.pk)
        self.converters = [
            (place, field.from_db_value) for place, field in enumerate(fields) if hasattr(field, "from_db_value")
        ]

    def read(self, values: tuple) -> Model | None:
        if values[self.key] is None:
            return None
        if self.converters:
            values = list(values)
            for place, converted in self.converters:
                values[place] = converted(values[place], None, connection)
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, values)
