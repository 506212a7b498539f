"""Database URLs, in the spellings people have."""

from __future__ import annotations

import ipaddress
import re
import ssl

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_SCHEME = re.compile(r"^postgres(?:ql)?(?:\+(?:asyncpg|psycopg))?://")


class DatabaseUrlInvalid(ValueError):
    """This is no PostgreSQL URL. The message does not repeat it: it may hold a password."""


def normalised(url: str, *, require_tls: bool) -> str:
    """The connection string libpq understands, for a URL as other tools write it: `postgres://`,
    `postgresql+asyncpg://` and `postgresql+psycopg://` mean the same, `ssl=` means `sslmode=`.

    With `require_tls`, a remote host is verified against the system's certificates unless the URL says otherwise.

    Raises:
        DatabaseUrlInvalid: it cannot be read, or names no database.
    """
    if not _SCHEME.match(url):
        message = "must look like postgresql://user:password@host:5432/database"
        raise DatabaseUrlInvalid(message)
    plain = re.sub(r"([?&])ssl=", r"\1sslmode=", _SCHEME.sub("postgresql://", url))
    try:
        parts = conninfo_to_dict(plain)
    except psycopg.ProgrammingError:
        message = "cannot be read as a PostgreSQL URL; are special characters of the password percent-encoded?"
        raise DatabaseUrlInvalid(message) from None
    if parts.get("sslmode") == "true":
        parts["sslmode"] = "require"
    if require_tls and "sslmode" not in parts and not _is_local(str(parts.get("host") or "localhost")):
        parts["sslmode"] = "verify-full"
        # Not `system`: the libpq that comes in psycopg's wheel may look for certificates where this machine has none.
        parts.setdefault("sslrootcert", ssl.get_default_verify_paths().cafile or "system")
    return make_conninfo("", **parts)


def describe(conninfo: str) -> str:
    """Where a connection string leads, without what is secret in it."""
    parts = conninfo_to_dict(conninfo)
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def _is_local(host: str) -> bool:
    if host == "localhost" or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
