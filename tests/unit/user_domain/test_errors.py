"""The tree of errors: drawn as it is, every leaf with a stable code and a sentence for the person."""

import inspect
import re
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from user_domain import errors
from user_domain.errors import (
    AccountSuspended,
    CurrentPasswordRequired,
    DomainError,
    InvalidInput,
    NextKeyAlreadyPublished,
    OneTimeTokenExpired,
    OneTimeTokenInvalid,
    RateLimited,
    TokenExpired,
    TokenInvalid,
    Violation,
)
from user_domain.testing.builders import NOW

CLASSES = [thing for thing in vars(errors).values() if inspect.isclass(thing) and issubclass(thing, DomainError)]
LEAVES = [one for one in CLASSES if "code" in vars(one)]  # what is raised; one of them has a special case below it
FAMILIES = [one for one in CLASSES if "code" not in vars(one)]
ARGUMENTS: dict[type[DomainError], tuple[Any, ...]] = {InvalidInput: ([],), RateLimited: (60,)}

DRAWN_LINE = re.compile(r" {4}(?P<indent>[│ ]*)(?:[├└]── )(?P<name>\w+) *(?P<note>.*)")

of_every_leaf = pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)


def drawn_tree() -> list[tuple[str, str, str]]:
    """Name, parent and note of every error drawn in the docstring, below the root."""
    branch, found = ["DomainError"], []
    for line in DRAWN_LINE.finditer(errors.__doc__ or ""):
        depth = len(line["indent"]) // 4 + 1
        branch[depth:] = [line["name"]]
        found.append((line["name"], branch[depth - 1], line["note"]))
    return found


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = [(name, parent) for name, parent, _ in drawn_tree()]
    assert drawn == [
        (one.__name__, one.__base__.__name__) for one in CLASSES if one.__base__ and one is not DomainError
    ]


def test_the_drawing_names_the_codes_there_are() -> None:
    leaves = {leaf.__name__ for leaf in LEAVES}
    drawn = {name: note for name, _, note in drawn_tree() if name in leaves}
    assert drawn == {leaf.__name__: leaf.code for leaf in LEAVES}


def test_every_class_is_raised_or_stands_for_those_below_it() -> None:
    assert all(any(one in other.__bases__ for other in CLASSES) for one in FAMILIES)


def family(leaf: type[DomainError]) -> type[DomainError]:
    return next(one for one in leaf.__mro__ if DomainError in one.__bases__)


def test_a_code_belongs_to_one_error_of_a_family() -> None:
    assert Counter((family(leaf), leaf.code) for leaf in LEAVES).most_common(1)[0][1] == 1


def test_in_two_families_a_code_says_the_same_of_two_kinds_of_tokens() -> None:
    """Their answers differ in the status, and clients know which token they sent."""
    times = Counter(leaf.code for leaf in LEAVES)
    twice = {leaf for leaf in LEAVES if times[leaf.code] > 1}
    assert twice == {TokenInvalid, TokenExpired, OneTimeTokenInvalid, OneTimeTokenExpired}


def test_no_code_that_clients_know_is_respelled() -> None:
    """A code may be added here; a line that has to change breaks clients in production."""
    assert {leaf.code for leaf in LEAVES} >= {
        "validation_failed",
        "cannot_act_on_admin",
        "invalid_credentials",
        "token_missing",
        "token_invalid",
        "token_expired",
        "session_ended",
        "current_password_required",
        "email_not_verified",
        "password_reset_required",
        "wrong_password",
        "mail_not_found",
        "rate_limited",
        "forbidden",
        "account_blocked",
        "account_suspended",
        "user_not_found",
        "email_already_registered",
        "already_admin",
        "signing_keys_not_used",
        "next_key_already_published",
        "precondition_failed",
        "storage_unavailable",
        "overloaded",
    }


@of_every_leaf
def test_a_leaf_has_a_snake_case_code_of_its_own(leaf: type[DomainError]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", vars(leaf)["code"])


@of_every_leaf
def test_a_leaf_has_a_sentence_for_the_person(leaf: type[DomainError]) -> None:
    assert re.fullmatch(r"[A-Z].*\.", leaf.message)
    assert str(leaf(*ARGUMENTS.get(leaf, ()))) == leaf.message


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_a_family_has_no_code(family: type[DomainError]) -> None:
    assert not hasattr(family, "code")


def test_invalid_input_tells_every_violation_in_its_message() -> None:
    violations = [Violation("name", "too_short", "Too short."), Violation("mobile", "invalid_format", "Not a number.")]
    error = InvalidInput(iter(violations))
    assert error.violations == tuple(violations)
    assert str(error) == "Too short. Not a number."


def test_a_missing_current_password_is_told_as_what_is_wrong_with_that_field() -> None:
    (violation,) = CurrentPasswordRequired().violations
    assert (violation.field, violation.code) == ("current_password", "required")


def test_who_asks_too_often_hears_for_how_long_to_wait() -> None:
    assert RateLimited(300).retry_after == 300


def test_whoever_rotates_twice_reads_when_the_next_key_takes_over() -> None:
    message = "The next key is published already and takes over by itself, at 2026-03-14 15:09 UTC."
    assert str(NextKeyAlreadyPublished(NOW)) == message


def test_a_suspended_person_reads_until_when_in_utc() -> None:
    until = datetime(2026, 3, 14, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert str(AccountSuspended(until)) == "Your account is suspended until 2026-03-15 01:30 UTC."
    assert str(AccountSuspended(NOW)) == "Your account is suspended until 2026-03-14 15:09 UTC."
