"""Database URLs, in the spellings people have."""

from __future__ import annotations

import ipaddress
import re
import ssl

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_SCHEME = re.compile(r"^postgres(?:ql)?(?:\+(?:asyncpg|psycopg))?://")

_PORTS = re.compile(r"[0-9]*(?:,[0-9]*)*")  # one for each of several hosts
_SSL_MODES = {mode: mode for mode in ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")}
_SSL_MODES |= {"true": "require", "false": "disable"}  # as asyncpg's URLs have it


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
    plain = _SCHEME.sub("postgresql://", url)
    options = plain.rfind("@") + 1  # not in the password
    plain = plain[:options] + re.sub(r"([?&])ssl=", r"\1sslmode=", plain[options:])
    try:
        parts = {name: value for name, value in conninfo_to_dict(plain).items() if value}
    except (psycopg.ProgrammingError, UnicodeEncodeError):
        message = "cannot be read as a PostgreSQL URL; are special characters of the password percent-encoded?"
        raise DatabaseUrlInvalid(message) from None
    if "dbname" not in parts:
        message = "names no database; it ends with /database"
        raise DatabaseUrlInvalid(message)
    mode = _SSL_MODES.get(str(parts.get("sslmode", "prefer")))
    if mode is None or not _PORTS.fullmatch(str(parts.get("port", ""))):
        message = "has a port that is no number, or an sslmode that does not exist"
        raise DatabaseUrlInvalid(message)
    if "sslmode" in parts:
        parts["sslmode"] = mode
    reached_at = parts.get("hostaddr") or parts.get("host") or "localhost"
    if require_tls and "sslmode" not in parts and not _is_local(str(reached_at)):
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
