"""How to reach a mail server, from a URL."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_SUBMISSION_PORT, _SUBMISSIONS_PORT = 587, 465  # RFC 6409 3.1, RFC 8314 7.3
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")  # names of containers have _
_PORT = re.compile(r"[0-9]{1,5}")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


class StartTls(StrEnum):
    """Whether a connection that begins in plain text is encrypted before anything is sent on it."""

    REQUIRED = "required"
    AUTO = "auto"
    """If the server offers it. Whoever sits between can take the offer out, so never with a password."""
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Where a mail server is and how to talk to it. `ca_file`: the authorities to trust instead of the system's."""

    host: str
    port: int
    implicit_tls: bool
    starttls: StartTls
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None

    @classmethod
    def parse(cls, url: str) -> SmtpSettings:
        """Read `smtp://user:password@host:587?starttls=required` or `smtps://user:password@host:465`, either with
        `ca_file=/path`. User and password are percent-encoded. Without a port it is 587 or 465; without `starttls` it
        is `required` with a password and `auto` without.

        Raises:
            ValueError: what is wrong, without repeating any of it, because it may hold a password.
        """
        parts = _split(url)
        options = _options(parts.query)
        user, password = _credentials(parts)
        implicit_tls = parts.scheme == "smtps"
        host = _host(parts)
        if implicit_tls and "starttls" in options:
            _refuse("starttls is for smtp://; smtps:// is encrypted from the start")
        starttls = _starttls(options.get("starttls"), has_password=password is not None)
        if password is not None and not implicit_tls and starttls is not StartTls.REQUIRED and not _is_loopback(host):
            _refuse("a password needs starttls=required or smtps://, or anybody on the way can read it")
        return cls(
            host=host,
            port=_port(parts) or (_SUBMISSIONS_PORT if implicit_tls else _SUBMISSION_PORT),
            implicit_tls=implicit_tls,
            starttls=starttls,
            user=user,
            password=password,
            ca_file=options.get("ca_file"),
        )


def _split(url: str) -> SplitResult:
    if _CONTROL.search(url):
        _refuse("has spaces or control characters")
    try:
        parts = urlsplit(url)
    except ValueError:  # whose message repeats the URL
        _refuse("cannot be read as a URL")
    if parts.scheme not in {"smtp", "smtps"} or not parts.netloc:
        _refuse("must look like smtp://user:password@host:587 or smtps://user:password@host:465")
    if parts.path not in {"", "/"} or "#" in url:
        _refuse("has more after the host than options; are / ? # @ in the password percent-encoded?")
    return parts


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    before, at, _ = parts.netloc.rpartition("@")
    if not at:
        return None, None
    user, _, password = before.partition(":")
    if not user or not password or "@" in before:
        _refuse("needs both a user and a password before the @, percent-encoded, or neither")
    return _decoded(user), _decoded(password)


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) and not _is_ip_address(host):
        _refuse("names no host, or one that cannot be")
    return host


def _port(parts: SplitResult) -> int | None:
    _, _, where = parts.netloc.rpartition("@")
    _, colon, port = where.rpartition("]")[2].partition(":")
    if not colon:
        return None
    if not _PORT.fullmatch(port) or not 0 < int(port) <= 65535:  # noqa: PLR2004 - the highest there is
        _refuse("has a port that is no number from 1 to 65535; is a : in the password percent-encoded?")
    return int(port)


def _options(query: str) -> dict[str, str]:
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    options = {name: _decoded(value) for name, value in pairs}
    if len(options) != len(pairs) or options.keys() - {"starttls", "ca_file"} or not all(options.values()):
        _refuse("has options other than one starttls=… and one ca_file=…")
    return options


def _starttls(option: str | None, *, has_password: bool) -> StartTls:
    if option is None:
        return StartTls.REQUIRED if has_password else StartTls.AUTO
    try:
        return StartTls(option)
    except ValueError:
        _refuse("starttls must be required, auto or never")


def _decoded(text: str) -> str:
    if _PERCENT.search(text):
        _refuse("has a % that begins no %XX; a % itself is written %25")
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        _refuse("has %XX that are not UTF-8")
    if any(ord(character) < 32 or ord(character) == 127 for character in decoded):  # noqa: PLR2004 - ASCII's controls
        _refuse("has control characters")
    return decoded


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_ip_address(host) and ipaddress.ip_address(host).is_loopback)


def _refuse(message: str) -> NoReturn:
    # From None: what led here may have quoted the URL.
    raise ValueError(message) from None
