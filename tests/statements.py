"""What a page asks the database: counted, and told apart by shape, so that the same question in a loop is seen."""

import re
from collections import Counter

from django.db import connection
from django.test.utils import CaptureQueriesContext

VALUE = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
SEVERAL = re.compile(r"\?(?:\)?, \(?\?)+")


def asked_for(client, path: str) -> Counter[str]:
    """The statements behind this page, without their values, and how often each was asked."""
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    assert response.status_code == 200, f"{path} answered {response.status_code}"
    return Counter(shape(query["sql"]) for query in queries)


def shape(statement: str) -> str:
    """The statement with a question mark for every value: what a loop asks again and again with another one in it."""
    return SEVERAL.sub("?", VALUE.sub("?", statement))


def repeated(statements: Counter[str]) -> list[str]:
    return [statement for statement, times in statements.items() if times > 1]
