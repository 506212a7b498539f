"""Whom mails come from: one address that can stand in a header, or a ValueError that says what it should look like."""

from __future__ import annotations

from email.headerregistry import Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.sender import sender


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no-reply@shop.example.com", Address("", "no-reply", "shop.example.com")),
        ("<no-reply@shop.example.com>", Address("", "no-reply", "shop.example.com")),
        ("Shop <no-reply@shop.example.com>", Address("Shop", "no-reply", "shop.example.com")),
        ("  The Shop   <no-reply@shop.example.com> ", Address("The Shop", "no-reply", "shop.example.com")),
        ('"Shop, Inc." <no-reply@shop.example.com>', Address("Shop, Inc.", "no-reply", "shop.example.com")),
        ("Café متجر <no-reply@shop.example.com>", Address("Café متجر", "no-reply", "shop.example.com")),
        ("=?utf-8?b?Q2Fmw6k=?= <no-reply@shop.example.com>", Address("Café", "no-reply", "shop.example.com")),
        ("User service <no-reply@localhost>", Address("User service", "no-reply", "localhost")),
        ("Shop <no-reply+mail@xn--mnchen-3ya.example>", Address("Shop", "no-reply+mail", "xn--mnchen-3ya.example")),
    ],
)
def test_an_address_with_or_without_a_name(text: str, expected: Address) -> None:
    assert sender(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Shop",
        "shop.example.com",
        "no-reply@",
        "@shop.example.com",
        "Shop <>",
        "Shop <no-reply>",
        "Shop <no-reply@shop.example.com",
        "Shop <no-reply@shop.example.com> and more",
        "Shop, Inc. <no-reply@shop.example.com>",
        "no-reply@shop.example.com, sales@shop.example.com",
        "no-reply@@shop.example.com",
        "no-reply@shop..example.com",
        "Shop: no-reply@shop.example.com;",  # a group (RFC 5322 3.4)
        "Shop: no-reply@shop.example.com, sales@shop.example.com;",
        "undisclosed-recipients:;",
        "ñ@shop.example.com",
        "no-reply@münchen.example",
        "a@[",
        "<",
        '"',
        "(",
        "\udc80 <no-reply@shop.example.com>",
    ],
)
def test_what_is_no_single_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"Shop <no-reply@shop\.example\.com>"):
        sender(text)


@pytest.mark.parametrize(
    "text",
    [
        "Shop <no-reply@shop.example.com>\r\nBcc: everybody@example.com",
        "Shop\r\nBcc: everybody@example.com\r\n <no-reply@shop.example.com>",
        "Shop\n <no-reply@shop.example.com>",
        "=?utf-8?q?Shop=0D=0ABcc=3A_a=40example.com?= <no-reply@shop.example.com>",
        "no-reply@shop.example.com\n",
        "no-reply@shop.example.com\0",
    ],
)
def test_it_cannot_end_the_header(text: str) -> None:
    with pytest.raises(ValueError, match="must be an address"):
        sender(text)


@given(st.text(st.sampled_from('a@b.<>"()[]\\,;:=?utf-8q_ \r\n\té\udc80\x00'), max_size=16))
def test_whatever_it_is_it_is_an_address_or_refused(text: str) -> None:
    try:
        found = sender(text)
    except ValueError:
        return
    assert found.domain
    assert found.addr_spec.isascii()
    assert not {"\r", "\n"} & set(str(found))
