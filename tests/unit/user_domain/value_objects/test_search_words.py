"""Words find people by how words of theirs begin; everything that is typed is data."""

from __future__ import annotations

import pytest

from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.search_words import SearchWords, folded, words_of

JOHN = {"name": "John Doe", "email": "john.doe+shop@mail.example.com", "mobile": "+33612345678"}


def parsed(raw: str) -> SearchWords:
    words = SearchWords.parse(raw)
    assert words is not None
    return words


@pytest.mark.parametrize("raw", ["", " ", "\t\n", "\u00a0\u3000"])
def test_nothing_but_white_space_looks_for_nobody_in_particular(raw: str) -> None:
    assert SearchWords.parse(raw) is None


def test_words_stand_between_white_space_each_once() -> None:
    assert parsed("  john\tdoe\u00a0john \u3000O'Neill ").words == ("john", "doe", "O'Neill")


def test_words_are_composed_as_names_are() -> None:
    assert parsed("E\u0301lodie") == parsed("\u00c9lodie")


def test_what_is_too_long_for_anybody_is_not_worth_composing() -> None:
    endless = "a" + "\u0301" * 10_000
    assert parsed(endless).words == (endless,)
    assert not parsed(endless).can_match


def test_a_person_is_found_by_words_and_their_parts() -> None:
    assert words_of(**JOHN) == {
        "john", "doe", "john.doe+shop@mail.example.com", "mail.example.com", "shop", "mail", "example", "com",
        "+33612345678", "33612345678",
    }  # fmt: skip
    found_by = words_of(name="Jean-Luc  O\u2019NEILL", email="a@b.example", mobile="12345678")
    assert found_by >= {"jean-luc", "jean", "luc", "o\u2019neill", "o", "neill"}


@pytest.mark.parametrize(
    "query",
    ["john", "JOHN", "jo", "doe john", "john.doe", "john.doe+", "john.doe+shop@mail", "shop", "mail.ex", "exam", "com",
     "+336", "336", "j jo joh john"],
)  # fmt: skip
def test_each_word_is_the_beginning_of_one(query: str) -> None:
    assert parsed(query).match(**JOHN)


@pytest.mark.parametrize(
    "query",
    ["ohn", "johnn", "john jane", "612", "doe+x", "@mail", "john&doe", "john|doe", "!jane", "joh*", "john:*", "(john)",
     "'john'", "john\\", "john\0", "jo%", "j.*n"],
)  # fmt: skip
def test_and_nothing_else_is_meant(query: str) -> None:
    assert not parsed(query).match(**JOHN)


@pytest.mark.parametrize(
    ("upper", "lower"),
    [("ABC", "abc"), ("ÉÇÜ", "éçü"), ("ΟΔΟΣ", "οδοσ"), ("ИВАН", "иван"), ("İI", "ii"), ("\u212a", "k"), ("ẞ", "ß"),
     ("山", "山")],
)  # fmt: skip
def test_case_goes_letter_by_letter(upper: str, lower: str) -> None:
    assert folded(upper) == lower
    assert folded(lower) == lower


def test_a_word_that_another_one_begins_with_decides_nothing() -> None:
    assert set(parsed("j john jo doe JOHN jane do-x").decisive) == {"JOHN", "doe", "jane", "do-x"}
    assert parsed("a-b a ab").decisive == ("a-b", "ab")


def test_what_decides_finds_the_same() -> None:
    for query in ("j jo", "john j", "J john x", "d do doe j"):
        words = parsed(query)
        assert SearchWords(words.decisive).match(**JOHN) == words.match(**JOHN)


def test_words_that_nobody_can_have_need_not_be_looked_for() -> None:
    assert parsed("x" * EmailAddress.MAX_LENGTH).can_match
    for impossible in ("x" * (EmailAddress.MAX_LENGTH + 1), "john\0", "\ud800"):
        assert not parsed(impossible).can_match
        assert not parsed(f"john {impossible}").can_match


def test_nor_more_than_anybody_can_have() -> None:
    assert not parsed(" ".join(f"{number}x" for number in range(3_000))).can_match
    assert parsed(" ".join("x" * length for length in range(1, 255))).can_match  # one, with its beginnings


def test_as_many_as_somebody_can_have_are_looked_for() -> None:
    """As many different words as fit into a name and an address of today, each of which is needed."""
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 100)]
    name = "-".join(letters[:50])[: PersonName.MAX_LENGTH]
    words = words_of(
        name=name, email=".".join("abcdefghijklmnopqrstuvwxyz0123456789") + "@x.example", mobile="12345678"
    )
    assert len(words) > 80
    everything = parsed(" ".join(words))
    assert everything.can_match
    assert len(everything.decisive) <= len(words)


def test_marks_alone_find_only_who_has_a_word_that_begins_so() -> None:
    assert not parsed("@").match(**JOHN)
    assert parsed("&").match(name="Ann & Bob", email="ann@example.com", mobile="12345678")
