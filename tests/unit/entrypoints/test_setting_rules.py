"""Rules that values of settings keep. How the settings use them is in `test_settings.py`."""

from __future__ import annotations

import pytest

from entrypoints import setting_rules
from entrypoints.setting_rules import MIN_KEY_BYTES

GOOD_KEY = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"


# --- Keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("placeholders_pass", [True, False])
def test_a_long_key_that_nobody_else_has_is_good(placeholders_pass: bool) -> None:
    assert setting_rules.key(GOOD_KEY, placeholders_pass=placeholders_pass) == GOOD_KEY


@pytest.mark.parametrize("value", ["", GOOD_KEY[:-1], "é" * 15, f"{GOOD_KEY}\ud800"])
def test_a_key_has_32_bytes(value: str) -> None:
    with pytest.raises(ValueError, match=f"at least {MIN_KEY_BYTES} bytes.*python3 -c"):
        setting_rules.key(value, placeholders_pass=True)


def test_a_placeholder_is_a_key_where_that_is_forgiven() -> None:
    value = "change-me-" * 4
    assert setting_rules.key(value, placeholders_pass=True) == value
    with pytest.raises(ValueError, match=r"placeholder.*python3 -c"):
        setting_rules.key(value, placeholders_pass=False)


@pytest.mark.parametrize("value", [GOOD_KEY, "a-b._~+/c==", "x"])
def test_a_bearer_token_is_what_a_header_can_carry(value: str) -> None:
    assert setting_rules.bearer_token(value) == value


@pytest.mark.parametrize("value", ["", "=", "a b", "a=b", "é", 'a"', "a,b", "a\n"])
def test_anything_else_is_none(value: str) -> None:
    with pytest.raises(ValueError, match="bearer token"):
        setting_rules.bearer_token(value)


# --- Networks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "network"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("fd00::/8", "fd00::/8"),
        ("2001:DB8:0:0::1", "2001:db8::1/128"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ("::1", "::1/128"),
    ],
)
def test_a_network_is_read_in_each_of_its_forms(value: str, network: str) -> None:
    found = setting_rules.network(value)
    assert str(found) == network
    assert setting_rules.network(str(found)) == found


@pytest.mark.parametrize(
    "value",
    [
        "",
        "10",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "10.0.0",
        "010.0.0.0/8",
        "fd00::1/8",
        "fd00::/129",
        "[fd00::]/8",
        "::ffff:10.0.0.1/104",
        "10.0.0.1:80",
        "localhost",
        "unix:",
        "10.0.0.0/٨",
        "\ud800",
    ],
)
def test_what_is_no_network_is_told_what_one_looks_like(value: str) -> None:
    with pytest.raises(
        ValueError, match=r"such as 10\.0\.0\.0/8 or fd00::/8.* without bits beyond the prefix"
    ) as refusal:
        setting_rules.network(value)
    assert not value or value not in str(refusal.value).replace("10.0.0.0/8", "")


@pytest.mark.parametrize("value", ["0.0.0.0/0", "0.0.0.0/0.0.0.0", "::/0", "::ffff:0:0/96"])
def test_a_network_of_all_there_are_would_trust_everybody(value: str) -> None:
    with pytest.raises(ValueError, match="all addresses"):
        setting_rules.network(value)


# --- Lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "parts"), [("a,b", ("a", "b")), (" a , b ,", ("a", "b")), ("", ()), (",", ()), (("a,b",), ("a,b",))]
)
def test_a_text_is_parted_by_commas_and_anything_else_left(value: object, parts: object) -> None:
    assert setting_rules.by_commas(value) == parts
