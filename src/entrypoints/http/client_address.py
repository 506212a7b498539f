"""Whose request it is, where proxies pass it on: the address they found, as far as they can be trusted.

uvicorn's ProxyHeadersMiddleware was considered and not taken. It takes `unknown` or any other word for the client's
address, and with it forgets the proxy that wrote it; it does not know 10.0.0.1 in ::ffff:10.0.0.1; it takes a network
it cannot read for a name, without a word; and it believes X-Forwarded-Proto at once, which is a matter of its own.
"""

from __future__ import annotations

import ipaddress
import re
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from entrypoints.setting_rules import Network

    Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_ENTRIES = 32  # a chain of proxies is two or three long; whoever writes more wants us to be busy

_LONGEST_ENTRY = 100  # 45 for IPv6 with IPv4 in it, brackets and a port 8; the rest is for a zone
_WITH_PORT = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::[0-9]{1,5})?")  # Azure's gateway writes ports


class ClientAddress:
    """Puts the client's address in the place of the proxy's. It is not there at all where no proxy is trusted."""

    def __init__(self, app: ASGIApp, *, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(self._seen_through(scope), receive, send)

    def _seen_through(self, scope: Scope) -> Scope:
        client = scope.get("client")
        if client is None:  # a Unix socket; or the server starts, and nobody asks anything
            return scope
        forwarded_for = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        found = client_address(client[0], forwarded_for, self._trusted)
        # The port is the proxy's, which says nothing of the client.
        return scope if found == client[0] else {**scope, "client": (found, 0)}


def client_address(peer: str | None, forwarded_for: Sequence[bytes], trusted: Sequence[Network]) -> str | None:
    """The client's address: the peer's own, unless that is a trusted proxy.

    `forwarded_for` are the lines of X-Forwarded-For in the order they came in; together they are one list (RFC 9110
    5.3), to which each proxy appends whom it was asked by. So it is read from the right, and only as far as the one who
    wrote an entry is trusted. The first who is not is the client. Are all of them, it is the leftmost, or the last one
    looked at. What is no address, an empty entry too, ends the list: nobody vouches for what lies beyond.
    """
    here = _address(peer or "")
    if here is None or not _is_in(trusted, here):
        return peer
    found = peer
    for entry in islice(_from_the_right(forwarded_for), MOST_ENTRIES):
        hop = _hop(entry)
        if hop is None:
            break
        found = str(hop)
        if not _is_in(trusted, hop):
            break
    return found


def _from_the_right(lines: Sequence[bytes]) -> Iterator[bytes]:
    # Of a long line only the end is split.
    return (entry for line in reversed(lines) for entry in reversed(line.rsplit(b",", MOST_ENTRIES)))


def _hop(entry: bytes) -> Address | None:
    """The address in an entry, which may have brackets and a port."""
    entry = entry.strip(b" \t")
    if len(entry) > _LONGEST_ENTRY or not entry.isascii():
        return None
    text = entry.decode("ascii")
    match = _WITH_PORT.fullmatch(text)
    return _address((match[1] or match[2] or "") if match else text)


def _address(text: str) -> Address | None:
    """An address in the one form it is compared in: no zone, which means something on its own machine only, and an
    IPv4 address as such, though a server that listens on IPv6 sees it mapped (RFC 4291 2.5.5.2).
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return address.ipv4_mapped or ipaddress.IPv6Address(int(address))


def _is_in(networks: Sequence[Network], address: Address) -> bool:
    return any(address in network for network in networks)
