"""E-mail addresses: trimmed, lower-cased, ASCII, at most 254 characters."""

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.user_domain.violations import violations_of
from user_domain.value_objects.email_address import EmailAddress

LABEL_63 = "d" * 63
DOMAIN_189 = f"{LABEL_63}.{LABEL_63}.{'d' * 57}.com"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("john@example.com", "john@example.com"),
        ("  John.Doe@Example.COM \t\n", "john.doe@example.com"),
        ("a@b.co", "a@b.co"),
        ("first.last+tag_2@mail.example-shop.co.uk", "first.last+tag_2@mail.example-shop.co.uk"),
        ("!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-@example.com"),
        ("42@4you.info", "42@4you.info"),
        ("zoe@XN--BCHER-KVA.example", "zoe@xn--bcher-kva.example"),
    ],
)
def test_is_trimmed_and_lower_cased(typed: str, stored: str) -> None:
    assert str(EmailAddress.parse(typed)) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "john",
        "john@",
        "@example.com",
        "john@example",
        "john@@example.com",
        "john@example.com@example.com",
        "john doe@example.com",
        "john@exam ple.com",
        "john@example.com, jane@example.com",
        "John <john@example.com>",
        "mailto:john@example.com",
        ".john@example.com",
        "john.@example.com",
        "john..doe@example.com",
        '"john doe"@example.com',
        "john@-example.com",
        "john@example-.com",
        "john@exa_mple.com",
        "john@example..com",
        "john@example.com.",
        "john@192.168.0.1",
        "john@[192.168.0.1]",
        "john@example.com\0",
        "john\r\nBcc: jane@example.com",
        "=?utf-8?q?a=0d=0abcc=3ax?=@example.com",
        "=?utf-8?B?YQ0KYmNj?=@example.com",
        "\ud800@example.com",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert violations_of(EmailAddress.parse, typed) == [("email", "invalid_format")]


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("jöhn@example.com", id="umlaut"),
        pytest.param("john@bücher.example", id="international domain not in its xn-- form"),
        pytest.param("jo\u212an@example.com", id="Kelvin sign, k when lower-cased"),
        pytest.param("j\u043ehn@example.com", id="Cyrillic o"),
        pytest.param("john@example.com\u200b", id="zero-width space"),
    ],
)
def test_letters_that_could_pass_for_others_are_refused(typed: str) -> None:
    assert violations_of(EmailAddress.parse, typed) == [("email", "invalid_format")]


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(f"{'l' * 64}@{DOMAIN_189}", id="address of 254"),
        pytest.param(f"  {'l' * 64}@{DOMAIN_189}  ", id="address of 254 between spaces"),
        pytest.param(f"john@{LABEL_63}.com", id="label of 63"),
    ],
)
def test_may_be_254_characters_long(typed: str) -> None:
    assert EmailAddress.parse(typed).value == typed.strip()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        pytest.param(f"{'l' * 64}@d{DOMAIN_189}", "too_long", id="address of 255"),
        pytest.param(f"{'l' * 65}@example.com", "invalid_format", id="mailbox of 65"),
        pytest.param(f"john@{LABEL_63}d.com", "invalid_format", id="label of 64"),
    ],
)
def test_longer_addresses_mailboxes_and_labels_are_refused(typed: str, code: str) -> None:
    assert violations_of(EmailAddress.parse, typed) == [("email", code)]


def test_the_mailbox_is_what_stands_before_the_at() -> None:
    assert EmailAddress("john.doe@example.com").local_part == "john.doe"


@given(st.text(ascii_letters + digits + "+_", min_size=1), st.text(ascii_letters, min_size=1))
def test_however_an_address_is_capitalised_it_is_the_same_address(mailbox: str, domain: str) -> None:
    typed = f"{mailbox[:64]}@{domain[:63]}.com"
    address = EmailAddress.parse(typed)
    assert EmailAddress.parse(typed.upper()) == EmailAddress.parse(f" {typed.swapcase()} ") == address
