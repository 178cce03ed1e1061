"""What makes the list quick and its search forgiving; triggers keep both."""

from django.contrib.postgres.indexes import GistIndex, OpClass
from django.db import connection, models


class Word(models.Model):
    """A word that the shop has used of its offerings and categories: what a misspelt one may have been. Triggers add them.

    None is ever taken out, so whoever reads them asks whether something for sale still has the word.
    """

    word = models.TextField(primary_key=True)

    class Meta:
        indexes = [GistIndex(OpClass("word", name="gist_trgm_ops"), name="word_by_likeness")]

    def __str__(self):
        return self.word


class ChangeManager(models.Manager):
    def version(self) -> tuple[int, int | None]:
        """Another one whenever something that lists show has changed: whoever remembers a list keeps this beside it.

        It is made of the rows that are visible now, in whatever order their transactions began and ended.
        """
        # Nearly every page begins with it: written out, it costs a third of what building it does.
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), bit_xor(token) FROM catalog_change")
            return cursor.fetchone()


class Change(models.Model):
    """That offerings changed as lists show them. Triggers add a row for each statement, and take old ones out.

    A row of its own instead of one number for all: two orders that sell the last of something need not wait for each other.
    """

    token = models.BigIntegerField()

    objects = ChangeManager()

    def __str__(self):
        return str(self.token)
