"""The client's address through proxies: what trusted ones say of each other, and nothing that a stranger says."""

from __future__ import annotations

import ipaddress
import re
import time
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.client_address import MOST_ENTRIES, ClientAddress, client_address

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

TRUSTED = tuple(ip_network(network) for network in ("10.0.0.0/8", "192.0.2.1/32", "fd00::/8", "fe80::/10"))
GATEWAY = "10.0.0.1"


def seen(forwarded_for: str, *, peer: str | None = GATEWAY) -> str | None:
    return client_address(peer, [line.encode() for line in forwarded_for.splitlines()], TRUSTED)


# --- From the right to the left ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("203.0.113.7,10.0.0.2,\tfd00::2 ,192.0.2.1", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),  # what the client claims for itself
        ("10.0.0.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("127.0.0.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 192.0.2.2", "192.0.2.2"),  # beside the one that is trusted
        ("2001:db8::7", "2001:db8::7"),
        ("203.0.113.7, 2001:DB8:0:0::7, fd12:3456::1", "2001:db8::7"),
    ],
)
def test_the_first_from_the_right_that_is_no_trusted_proxy_is_the_client(forwarded_for: str, client: str) -> None:
    assert seen(forwarded_for) == client


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("198.51.100.1\n203.0.113.7", "203.0.113.7"),
        ("203.0.113.7\n10.0.0.2", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7\n10.0.0.2, 10.0.0.3\nfd00::2", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.2\nunknown", GATEWAY),
    ],
)
def test_several_lines_are_one_list_in_their_order(forwarded_for: str, client: str) -> None:
    assert seen(forwarded_for) == client


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [("10.0.0.2", "10.0.0.2"), ("10.0.0.4, 10.0.0.3, 10.0.0.2", "10.0.0.4"), ("fd00::4\nfd00::3", "fd00::4")],
)
def test_where_all_are_trusted_it_is_the_leftmost(forwarded_for: str, client: str) -> None:
    assert seen(forwarded_for) == client


def test_who_names_nobody_is_the_client() -> None:
    assert client_address(GATEWAY, [], TRUSTED) == GATEWAY


# --- What an entry looks like -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("203.0.113.7:4711", "203.0.113.7"),
        ("203.0.113.7:0", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:db8:0:0:0:0:0:443", "2001:db8::443"),  # no port
        ("::1", "::1"),
        ("2001:db8::1%eth0", "2001:db8::1"),
        ("[2001:db8::1%25]:443", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:cb00:7107", "203.0.113.7"),
        ("[::ffff:203.0.113.7%eth0]:4711", "203.0.113.7"),
        ("  \t203.0.113.7\t ", "203.0.113.7"),
    ],
)
def test_an_address_may_have_a_port_brackets_or_a_zone(entry: str, address: str) -> None:
    assert seen(entry) == address
    assert seen(f"198.51.100.1, {entry}, 10.0.0.2:80") == address


@pytest.mark.parametrize("hop", ["10.0.0.2:4711", "::ffff:10.0.0.2", "[::ffff:a00:2]:80", "[fd00::2]:443", "fe80::2%4"])
def test_a_proxy_is_recognised_in_every_form(hop: str) -> None:
    assert seen(f"203.0.113.7, {hop}") == "203.0.113.7"


NO_ADDRESSES = [
    "",
    "unknown",
    "_hidden",
    "unix:",
    "localhost",
    "203.0.113.256",
    "203.0.113.07",
    "203.0.113",
    "3405803783",
    "203.0.113.7:",
    "203.0.113.7:http",
    "203.0.113.7:123456",
    "203.0.113.7:1:2",
    "203.0.113.7 203.0.113.8",
    "203.0.113.7%eth0",
    "203.0.113.0/24",
    "٢٠٣.0.113.7",
    "203.0.113.7\x00",
    "\xa0203.0.113.7",
    "2001:db8::1%",
    "2001:db8:::1",
    "[2001:db8::1",
    "2001:db8::1]",
    "[2001:db8::1]443",
    "[2001:db8::1]:",
    "[[2001:db8::1]]",
    "[]",
    "[]:443",
    '"203.0.113.7"',
    "for=203.0.113.7",
    "2001:db8::1%" + "x" * 100,
]


@pytest.mark.parametrize("entry", NO_ADDRESSES)
def test_what_is_no_address_ends_the_list(entry: str) -> None:
    """Whoever wrote it did not know, so what stands left of it is hearsay."""
    assert seen(f"203.0.113.7, {entry}, 10.0.0.3, 10.0.0.2") == "10.0.0.3"
    assert seen(f"203.0.113.7, {entry}") == GATEWAY
    assert seen(f"203.0.113.7, {entry}, 198.51.100.1, 10.0.0.2") == "198.51.100.1"


# --- The peer ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", [GATEWAY, "::ffff:10.0.0.1", "::FFFF:A00:1", "fd00::1", "fe80::1%eth0", "192.0.2.1"])
def test_a_trusted_peer_is_recognised_in_every_form(peer: str) -> None:
    assert seen("203.0.113.7", peer=peer) == "203.0.113.7"
    assert seen("unknown", peer=peer) == peer


@pytest.mark.parametrize(
    "peer", ["203.0.113.9", "11.0.0.1", "192.0.2.2", "::ffff:11.0.0.1", "2001:db8::1", "::", "::10.0.0.1", "::1"]
)
def test_a_stranger_is_believed_nothing(peer: str) -> None:
    assert seen("198.51.100.1", peer=peer) == peer
    assert seen("198.51.100.1, 10.0.0.1", peer=peer) == peer


@pytest.mark.parametrize(
    "peer", [None, "", "/run/user-service.sock", "localhost", "10.0.0.1:80", "[fd00::1]", "\ud800"]
)
def test_a_peer_without_an_address_is_never_trusted(peer: str | None) -> None:
    assert seen("198.51.100.1", peer=peer) == peer


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert client_address(GATEWAY, [b"198.51.100.1"], ()) == GATEWAY


# --- Whatever is sent -------------------------------------------------------------------------------------------------

addresses = st.ip_addresses()
proxies = st.one_of(*(st.ip_addresses(network=str(network)) for network in TRUSTED))
strangers = addresses.filter(lambda address: not _is_trusted(str(address)))
anything = st.lists(st.one_of(st.binary(), st.from_regex(re.compile(rb"[0-9a-f:.,\[\]% \t]*"), fullmatch=True)))


def _is_trusted(address: str) -> bool:
    found = ipaddress.ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return any((mapped or found) in network for network in TRUSTED)


@st.composite
def entries(draw: st.DrawFn, of: st.SearchStrategy[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> bytes:
    """An address as one proxy or another writes it."""
    address = draw(of)
    port = draw(st.sampled_from(["", ":4711"]))
    forms = [f"{address}{port}"] if address.version == 4 else [f"[{address}]{port}", str(address)]
    if isinstance(address, ipaddress.IPv4Address):
        forms.append(f"[::ffff:{address}]{port}")
    return draw(st.sampled_from(forms)).encode()


@given(claimed=anything, client=strangers, hops=st.lists(entries(proxies), max_size=5), data=st.data())
def test_whatever_a_client_claims_its_address_is_the_one_the_first_trusted_proxy_saw(
    claimed: list[bytes], client: ipaddress.IPv4Address | ipaddress.IPv6Address, hops: list[bytes], data: st.DataObject
) -> None:
    written = data.draw(entries(st.just(client)))
    found = client_address(GATEWAY, [b", ".join([written, *hops])], TRUSTED)
    assert found is not None
    mapped = client.ipv4_mapped if isinstance(client, ipaddress.IPv6Address) else None
    assert found == str(mapped or client)
    for lines in (
        [*claimed, written, *hops],  # each proxy adds a line
        [b",".join([*claimed, written, *hops])],  # each proxy adds to the line
        [*claimed, b", ".join([written, *hops])],
    ):
        assert client_address(GATEWAY, lines, TRUSTED) == found


@given(peer=st.one_of(strangers.map(str), st.none()), lines=anything)
def test_what_a_stranger_sends_never_matters(peer: str | None, lines: list[bytes]) -> None:
    assert client_address(peer, lines, TRUSTED) == peer


@given(peer=st.one_of(addresses.map(str), proxies.map(str), st.text(), st.none()), lines=anything)
def test_the_answer_is_an_address_or_the_peer_whatever_is_sent(peer: str | None, lines: list[bytes]) -> None:
    found = client_address(peer, lines, TRUSTED)
    assert found == peer or str(ipaddress.ip_address(found or "")) == found


# --- As much work as it is worth --------------------------------------------------------------------------------------


def test_a_long_list_is_looked_at_from_the_right_and_not_to_its_end() -> None:
    hops = [f"10.0.0.{number}" for number in range(MOST_ENTRIES)]
    assert seen(", ".join(["203.0.113.7", *hops[1:]])) == "203.0.113.7"
    assert seen(", ".join(["203.0.113.7", *hops])) == hops[0]
    assert seen("\n".join(["203.0.113.7", *hops])) == hops[0]


@pytest.mark.parametrize(
    "lines",
    [
        [b"10.0.0.2," * 100_000],
        [b"10.0.0.2"] * 100_000,
        [b"[" * 1_000_000],
        [b"1:" * 500_000],
        [b" \t" * 500_000],
        [b"9" * 1_000_000],
        [b"," * 1_000_000],
        [b"::" * 500_000 + b",10.0.0.2"],
        [b"fe80::1%" + b"0" * 1_000_000],
    ],
    ids=lambda lines: repr(lines[0][:12]),
)
def test_no_header_keeps_us_busy(lines: list[bytes]) -> None:
    """Of a megabyte."""
    started = time.process_time()
    found = client_address(GATEWAY, lines, TRUSTED)
    assert time.process_time() - started < 0.5
    assert found in {GATEWAY, "10.0.0.2"}


# --- The middleware ---------------------------------------------------------------------------------------------------


async def through(scope: Scope) -> Scope:
    """What the application behind it sees."""
    passed_on: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed_on.append(scope)

    async def never(*_message: object) -> None:
        raise AssertionError

    await ClientAddress(app, trusted=TRUSTED)(scope, never, never)  # type: ignore[arg-type]  # nobody calls it
    (seen_by_app,) = passed_on
    return seen_by_app


def a_scope(*lines: bytes, peer: tuple[str, int] | None = (GATEWAY, 4711)) -> Scope:
    headers = [(b"host", b"users.test"), *((b"x-forwarded-for", line) for line in lines)]
    return {"type": "http", "client": peer, "headers": headers, "state": {}}


async def test_the_application_sees_the_client_in_the_place_of_the_proxy() -> None:
    scope = a_scope(b"198.51.100.1", b"203.0.113.7:4711", b"10.0.0.2")
    assert await through(scope) == {**scope, "client": ("203.0.113.7", 0)}
    assert scope["client"] == (GATEWAY, 4711), "the server's own is left alone"


@pytest.mark.parametrize(
    "scope",
    [
        a_scope(),
        a_scope(b"unknown"),
        a_scope(b"203.0.113.7", peer=("198.51.100.1", 4711)),
        a_scope(b"203.0.113.7", peer=None),
        {"type": "http", "headers": [(b"x-forwarded-for", b"203.0.113.7")]},
        {"type": "lifespan", "state": {}},
    ],
    ids=["no header", "nobody named", "a stranger", "a Unix socket", "no client at all", "no request"],
)
async def test_else_it_sees_what_the_server_saw(scope: Scope) -> None:
    assert await through(scope) is scope


@pytest.mark.parametrize("name", [b"forwarded", b"x-real-ip", b"x_forwarded_for", b"x-forwarded-host"])
async def test_another_header_says_nothing(name: bytes) -> None:
    scope = {**a_scope(), "headers": [(name, b"203.0.113.7")]}
    assert await through(scope) is scope
