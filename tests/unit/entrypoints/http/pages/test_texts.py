"""Every language says everything."""

from __future__ import annotations

import ast
import inspect
from datetime import UTC, datetime
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from entrypoints.http.pages.texts import LANGUAGES, of_error, of_violation, password_rules, texts
from tests.unit.entrypoints.http.pages.stage import PATHS
from user_domain.errors import (
    AccountSuspended,
    EmailAlreadyRegistered,
    InvalidInput,
    OneTimeTokenExpired,
    OneTimeTokenInvalid,
    Overloaded,
    RateLimited,
    StorageUnavailable,
    UserNotFound,
    Violation,
)
from user_domain.policies import password as password_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHERS = [language for language in LANGUAGES if language != "en"]


def flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text, by the path of its keys."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from flat(below, f"{path}.{key}")
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from flat(below, f"{path}[{number}]")
    else:
        assert isinstance(value, str)
        yield path, value


def codes_of_the_password_policy() -> set[str]:
    """From its source, so that none is forgotten."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(password_policy))):
        candidate: ast.expr | None = None
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            candidate = node.value.elts[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Violation":
            candidate = node.args[1]
        if isinstance(candidate, ast.Constant):
            found.add(str(candidate.value))
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_all_languages_have_the_same_texts(language: str) -> None:
    ours, english = dict(flat(texts(language))), dict(flat(texts("en")))
    assert ours.keys() == english.keys()
    same = {key for key in ours if ours[key] == english[key]}
    assert same <= {".direction"}, "not translated"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_all_have_the_same_placeholders(language: str) -> None:
    english = dict(flat(texts("en")))
    for key, text in flat(texts(language)):
        assert text.strip() == text != "", key
        assert names(text) == names(english[key]), key


def names(text: str) -> set[str | None]:
    """The placeholders in a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_its_texts(language: str) -> None:
    for path in PATHS:
        assert {"title", "text", "button", "done_title", "done_text", "link_is_over"} == set(texts(language)[path[1:]])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_for_passwords_has_a_text(language: str) -> None:
    codes = codes_of_the_password_policy()
    assert codes >= {"too_short", "contains_personal_word", "too_common", "breached"}
    assert codes == set(texts(language)["violations"])
    for code in codes:
        text = of_violation(Violation("new_password", code, "unused"), language)
        assert "unused" not in text
        assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_of_the_pages_has_a_text(language: str) -> None:
    kinds = [OneTimeTokenInvalid(), OneTimeTokenExpired(), EmailAlreadyRegistered(), AccountSuspended(), Overloaded()]
    for error in [*kinds, RateLimited(5), StorageUnavailable(), InvalidInput([])]:
        assert of_error(error, language) == texts(language)["errors"][error.code]


def test_the_rules_name_the_lengths() -> None:
    for language in LANGUAGES:
        rules = " ".join(password_rules(language))
        assert str(password_policy.MIN_LENGTH) in rules
        assert str(password_policy.MAX_LENGTH) in rules


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_suspension_says_until_when(language: str) -> None:
    error = AccountSuspended(datetime(2026, 3, 14, 15, 9, tzinfo=UTC))
    assert "2026-03-14 15:09 UTC" in of_error(error, language)


def test_what_has_no_translation_is_said_in_english() -> None:
    assert of_error(UserNotFound(), "ar") == UserNotFound.message
    assert of_violation(Violation("new_password", "new_rule", "A new rule {0}."), "fr") == "A new rule {0}."


def test_arabic_is_written_from_the_right() -> None:
    assert {language: texts(language)["direction"] for language in LANGUAGES} == {"en": "ltr", "fr": "ltr", "ar": "rtl"}
