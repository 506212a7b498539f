"""What values have to look like to be settings. A rule answers the value to use, or says in a ValueError what to do."""

from __future__ import annotations

import ipaddress
import os
import re
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from adapters.ed25519.keys import private_key_from

if TYPE_CHECKING:
    from datetime import tzinfo

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_ADVICE = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
SIGNING_KEY_ADVICE = "make one with: openssl genpkey -algorithm ed25519 -out audit.pem"
_LONGEST_SIGNING_KEY = 65_536
"""Bytes, hundreds of times as long as one is: so that no device is read for ever."""

MIN_KEY_BYTES = 32  # RFC 7518 3.2: an HS256 key is at least as long as the hash

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_PLACEHOLDER = re.compile(
    r"change.?(me|this|it)|your.?(secret|master)|example|placeholder|^(.)\3*$|(secret|master).?key", re.IGNORECASE
)
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9._:%\[\]-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?", re.IGNORECASE)


def key(value: str, *, placeholders_pass: bool) -> str:
    """A secret that is long enough, and none of those that stand in examples."""
    try:
        length = len(value.encode())
    except UnicodeEncodeError:  # the environment holds bytes, and these are no text; Python would show one of them
        length = 0
    if length < MIN_KEY_BYTES:
        message = f"must be at least {MIN_KEY_BYTES} bytes; {KEY_ADVICE}"
        raise ValueError(message)
    if not placeholders_pass and _PLACEHOLDER.search(value):
        message = f"is a placeholder; {KEY_ADVICE}"
        raise ValueError(message)
    return value


def signing_key(file: Path) -> Ed25519PrivateKey:
    """The Ed25519 private key in a file."""
    try:
        with file.open("rb") as opened:
            return private_key_from(opened.read(_LONGEST_SIGNING_KEY))
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
    except ValueError as error:
        message = f"the file {error}; {SIGNING_KEY_ADVICE}"
    raise ValueError(message)


def bearer_token(value: str) -> str:
    """A secret that can be sent as a bearer token (RFC 6750 2.1)."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", value):
        message = f"must be letters, digits and -._~+/ to be sent as a bearer token; {KEY_ADVICE}"
        raise ValueError(message)
    return value


def web_address(value: str) -> str:
    """The beginning of an http or https URL, without a slash at its end."""
    try:
        parts = urlsplit(value)
        good = parts.hostname and parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:
        good = False
    if not good or not _WEB_ADDRESS.fullmatch(value):
        message = "must look like https://shop.example.com/path, without ? and #"
        raise ValueError(message)
    return value.rstrip("/")


@cache
def time_zone(value: str) -> tzinfo:
    """A time zone by its IANA name. By the system's list of them, or else by the package tzdata."""
    if value == "UTC":
        return UTC
    # Not by trying: ZoneInfo takes other files in the same folders, too, some of which count leap seconds.
    if value not in available_timezones():
        message = "must be the IANA name of a time zone, such as UTC or Europe/Berlin"
        raise ValueError(message)
    return ZoneInfo(value)


def origin(value: str) -> str:
    """A web origin (RFC 6454), or any."""
    if value != "*" and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", value):
        message = "must be origins such as https://shop.example.com, separated by commas, without a path"
        raise ValueError(message)
    return value


def network(value: str) -> Network:
    """A network of IP addresses, or one address. One of IPv4 addresses mapped into IPv6 is that of the addresses."""
    try:
        found = ipaddress.ip_network(value)
        if isinstance(found, ipaddress.IPv6Network) and (mapped := found.network_address.ipv4_mapped):
            found = ipaddress.ip_network((mapped, found.prefixlen - 96))
    except ValueError:
        message = "must be networks such as 10.0.0.0/8 or fd00::/8, separated by commas, without bits beyond the prefix"
        raise ValueError(message) from None
    if found.prefixlen == 0:
        message = "must not be all addresses there are: everybody could claim to be anybody"
        raise ValueError(message)
    return found


def by_commas(value: object) -> object:
    """The parts of a text; what is no text stays as it is."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def is_loopback(host: str | None) -> bool:
    """Whether nobody but this machine can reach a host."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def processors() -> float:
    """How many processors this process may use: its affinity, and the cgroup's quota where there is one."""
    available = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return available
    return available if quota == "max" else min(available, int(quota) / int(period))
