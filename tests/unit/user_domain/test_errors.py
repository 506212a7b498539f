"""The tree of errors: drawn as it is, every leaf with a stable code and a sentence for the person."""

import inspect
import re
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from user_domain import errors
from user_domain.errors import AccountSuspended, DomainError, InvalidInput, Violation
from user_domain.testing.builders import NOW

CLASSES = [thing for thing in vars(errors).values() if inspect.isclass(thing) and issubclass(thing, DomainError)]
LEAVES = [one for one in CLASSES if not any(other is not one and issubclass(other, one) for other in CLASSES)]

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


def test_a_code_belongs_to_one_error() -> None:
    assert Counter(leaf.code for leaf in LEAVES).most_common(1)[0][1] == 1


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
        "forbidden",
        "account_blocked",
        "account_suspended",
        "user_not_found",
        "email_already_registered",
        "already_admin",
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
    error = InvalidInput([]) if leaf is InvalidInput else leaf()
    assert str(error) == leaf.message


@pytest.mark.parametrize("family", [one for one in CLASSES if one not in LEAVES], ids=lambda family: family.__name__)
def test_a_family_has_no_code(family: type[DomainError]) -> None:
    assert not hasattr(family, "code")


def test_invalid_input_tells_every_violation_in_its_message() -> None:
    violations = [Violation("name", "too_short", "Too short."), Violation("mobile", "invalid_format", "Not a number.")]
    error = InvalidInput(iter(violations))
    assert error.violations == tuple(violations)
    assert str(error) == "Too short. Not a number."


def test_a_suspended_person_reads_until_when_in_utc() -> None:
    until = datetime(2026, 3, 14, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert str(AccountSuspended(until)) == "Your account is suspended until 2026-03-15 01:30 UTC."
    assert str(AccountSuspended(NOW)) == "Your account is suspended until 2026-03-14 15:09 UTC."
