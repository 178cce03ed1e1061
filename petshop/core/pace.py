"""How often one source may do what costs the others something: counted in the database, for every process alike.

A source is a client's address, as for whoever guesses passwords. It is not kept, only a digest of it, and that for no longer
than it counts.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address

from django.db import connection
from django.utils.crypto import salted_hmac

from petshop.core.sign_in import client_address

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    name: str
    at_most: int
    within: timedelta


def too_often(request, limit: Limit) -> bool:
    """Count this once more; True if its source has done it too often. The first time that happens is an error in the log.

    Of a request from this machine itself, or from nowhere, nobody knows whose it is: it stands for all customers, and is
    not counted.
    """
    address = ip_address(client_address(request))
    if address.is_loopback or address.is_unspecified:
        return False
    source = salted_hmac("petshop.core.pace", str(address), algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_pace AS known (name, source, count, until)
            VALUES (%s, %s, 1, clock_timestamp() + %s)
            ON CONFLICT (name, source) DO UPDATE SET
                count = CASE WHEN known.until <= clock_timestamp() THEN 1 ELSE known.count + 1 END,
                until = CASE WHEN known.until <= clock_timestamp() THEN excluded.until ELSE known.until END
            RETURNING count
            """,
            [limit.name, source, limit.within],
        )
        [count] = cursor.fetchone()
    if count == limit.at_most + 1:
        logger.error("One source does this too often: %s, more than %d times", limit.name, limit.at_most)
    return count > limit.at_most
