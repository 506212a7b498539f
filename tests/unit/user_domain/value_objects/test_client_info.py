"""Where a request came from: as seen, cut to a size worth keeping."""

import pytest

from user_domain.errors import InvalidInput
from user_domain.value_objects.client_info import ClientInfo, parse_ip_address


@pytest.mark.parametrize(("length", "kept"), [(1, 1), (511, 511), (512, 512), (513, 512), (100_000, 512)])
def test_a_user_agent_is_kept_up_to_512_characters(length: int, kept: int) -> None:
    client = ClientInfo.seen(ip_address="203.0.113.7", user_agent="x" * length, request_id="r-1")
    assert client == ClientInfo(ip_address="203.0.113.7", user_agent="x" * kept, request_id="r-1")


@pytest.mark.parametrize("user_agent", [None, ""])
def test_all_of_it_may_be_absent(user_agent: str | None) -> None:
    assert ClientInfo.seen(ip_address=None, user_agent=user_agent, request_id=None) == ClientInfo()


@pytest.mark.parametrize(
    ("seen", "kept"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_ip_address_is_kept_in_one_spelling(seen: str, kept: str) -> None:
    assert ClientInfo.seen(ip_address=seen, user_agent=None, request_id=None).ip_address == kept


@pytest.mark.parametrize("seen", ["", "unix:", "/run/user-service.sock", "localhost", "203.0.113.7:4711", "\ud800"])
def test_what_is_no_ip_address_is_none(seen: str) -> None:
    assert ClientInfo.seen(ip_address=seen, user_agent=None, request_id=None).ip_address is None


@pytest.mark.parametrize("raw", ["203.0.113.7", "::ffff:203.0.113.7", "::FFFF:CB00:7107"])
def test_an_ip_address_is_looked_for_as_it_is_kept(raw: str) -> None:
    assert parse_ip_address(raw) == "203.0.113.7"


@pytest.mark.parametrize(
    "raw", ["", " 203.0.113.7", "203.0.113", "203.0.113.0/24", "3405803783", "localhost", "\ud800"]
)
def test_what_is_no_ip_address_cannot_be_looked_for(raw: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_ip_address(raw)
    assert [(fault.field, fault.code) for fault in raised.value.violations] == [("ip", "invalid_format")]


@pytest.mark.parametrize(
    ("ip_address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("203.0.114.7", "203.0.114.0/24"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        (None, None),
    ],
)
def test_a_network_is_what_one_household_has(ip_address: str | None, network: str | None) -> None:
    assert ClientInfo.seen(ip_address=ip_address, user_agent=None, request_id=None).network == network


def test_without_its_origin_a_request_has_nothing_but_its_id() -> None:
    client = ClientInfo(ip_address="203.0.113.7", user_agent="Firefox", request_id="r-1")
    assert client.without_origin() == ClientInfo(request_id="r-1")
