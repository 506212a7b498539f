"""What can go wrong with the embedded server.

EmbeddedPostgresError        anything else the operating system refuses, such as a folder that cannot be written
├── BinariesMissing          the wheel is not installed, lacks this major version, or its programs do not run here
├── NoPlaceForData           run as root, and no folder that the unprivileged account of the server can use
├── AnotherMajorVersion      the folder holds data of another PostgreSQL
├── ClusterNotCreated        initdb failed, for instance because the disk is full
├── ServerDidNotStart        the server ended at once, or is alive and does not answer
└── ServerDidNotStop         the server still lives long after it was told to stop

Every message is for the person at the terminal: what is wrong, and how to mend it.
"""


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be used; the message says why and what to do."""


class BinariesMissing(EmbeddedPostgresError):
    """No usable PostgreSQL programs of the wanted major version."""


class NoPlaceForData(EmbeddedPostgresError):
    """Nowhere to put data so that the server's account reaches it and nobody else can interfere."""


class AnotherMajorVersion(EmbeddedPostgresError):
    """The data on disk can only be read by another major version of PostgreSQL."""


class ClusterNotCreated(EmbeddedPostgresError):
    """The database cluster could not be made; nothing of the attempt is left."""


class ServerDidNotStart(EmbeddedPostgresError):
    """No server that answers with our password from our data."""


class ServerDidNotStop(EmbeddedPostgresError):
    """The server was told to stop and did not."""


def last_lines(text: str, count: int = 8) -> str:
    """The end of a program's output, indented for quoting below a message."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:])
