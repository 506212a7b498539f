"""What may be typed when an account is shut, and what follows from it for history, mail and audit trail."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.unit.user_domain.violations import violations_of
from user_domain.entities.audit_entry import FieldChange
from user_domain.entities.status_change import NewStatusChange
from user_domain.policies import standing
from user_domain.testing.builders import NOW, a_block, a_suspension, a_user
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.letter import MailKind

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=1)
ADA = UserId(1)
USER = a_user()

BLOCK, OTHER_BLOCK = a_block(), a_block(at=LATER, reason="fraud")
SUSPENSION, LONGER = a_suspension(), a_suspension(at=LATER, until=NOW + 2 * DAY)
OVER = a_suspension(until=LATER)
OPEN: dict[str, Any] = {"block": None, "suspension": None}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (None, None),
        ("spam", "spam"),
        ("  two  words ", "two  words"),
        ("x", "x"),
        ("x" * 500, "x" * 500),
        (f" {'x' * 500} ", "x" * 500),
        ("<b>Zoë</b> محمد 🦄; 'drop'", "<b>Zoë</b> محمد 🦄; 'drop'"),
    ],
)
def test_a_reason_is_any_line_without_the_spaces_around_it(typed: str | None, read: str | None) -> None:
    assert standing.reason(typed) == read


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "too_short"),
        (" \u3000\t\n", "too_short"),
        ("x" * 501, "too_long"),
        ("a\nb", "invalid_characters"),
        ("a\x00b", "invalid_characters"),
        ("a\x85b", "invalid_characters"),
        ("a\u2028b", "invalid_characters"),
        ("a\ud800b", "invalid_characters"),
        ("a\u202eb", "invalid_characters"),
        ("a\u2066b", "invalid_characters"),
    ],
)
def test_a_reason_that_is_none_or_forges_something_is_refused(typed: str, code: str) -> None:
    assert violations_of(standing.reason, typed) == [("reason", code)]


def test_a_suspension_ends_after_it_begins() -> None:
    standing.require_future(None, at=NOW)
    standing.require_future(NOW + MOMENT, at=NOW)
    for until in (NOW, NOW - DAY):
        assert violations_of(partial(standing.require_future, at=NOW), until) == [("until", "not_in_the_future")]


@pytest.mark.parametrize(
    ("before", "after", "status", "until", "news"),
    [
        pytest.param({}, {"block": BLOCK}, "blocked", None, "account_blocked", id="blocked"),
        pytest.param({"block": BLOCK}, {"block": OTHER_BLOCK}, "blocked", None, None, id="for another reason"),
        pytest.param(
            {"suspension": SUSPENSION},
            {"suspension": SUSPENSION, "block": BLOCK},
            "blocked",
            None,
            "account_blocked",
            id="blocked while suspended",
        ),
        pytest.param(
            {}, {"suspension": SUSPENSION}, "suspended", SUSPENSION.until, "account_suspended", id="suspended"
        ),
        pytest.param(
            {"suspension": OVER}, {"suspension": LONGER}, "suspended", LONGER.until, "account_suspended", id="again"
        ),
        pytest.param(
            {"suspension": SUSPENSION},
            {"suspension": LONGER},
            "suspended",
            LONGER.until,
            "account_suspended",
            id="for longer",
        ),
        pytest.param(
            {"suspension": SUSPENSION},
            {"suspension": replace(SUSPENSION, at=LATER, reason="fraud")},
            "suspended",
            SUSPENSION.until,
            None,
            id="suspended for another reason",
        ),
        pytest.param(
            {"block": BLOCK}, {"block": BLOCK, "suspension": SUSPENSION}, None, None, None, id="suspended while blocked"
        ),
        pytest.param({"block": BLOCK}, {}, "active", None, "account_unblocked", id="unblocked"),
        pytest.param({"suspension": SUSPENSION}, {}, "active", None, "account_unblocked", id="lifted"),
        pytest.param({"suspension": OVER}, {}, None, None, None, id="lifted by itself"),
        pytest.param({"block": BLOCK}, {"block": BLOCK}, None, None, None, id="no difference"),
        pytest.param({}, {}, None, None, None, id="nothing at all"),
    ],
)
def test_what_a_change_is_to_the_history_and_to_the_person(
    before: dict[str, Any], after: dict[str, Any], status: str | None, until: datetime | None, news: str | None
) -> None:
    old, new = replace(USER, **OPEN | before), replace(USER, **OPEN | after)
    change = standing.change(old, new, by=ADA, at=LATER)
    if status is None:
        assert change is None
    else:
        shut = new.block or new.suspension
        reason = shut.reason if shut else None
        assert change == NewStatusChange(
            user_id=USER.id, status=AccountStatus(status), since=LATER, until=until, by=ADA, reason=reason
        )
    assert standing.news(old, new, at=LATER) == (None if news is None else MailKind(news))


def test_the_trail_says_what_differs_before_and_after() -> None:
    blocked = replace(USER, block=a_block(by=ADA))
    assert standing.changes(USER, blocked) == (
        FieldChange("blocked_at", None, "2026-03-14T15:09:26.535897+00:00"),
        FieldChange("blocked_by", None, "1"),
        FieldChange("blocked_reason", None, "spam"),
    )
    suspended = replace(blocked, suspension=a_suspension(reason=None, until=NOW.replace(microsecond=0)))
    assert standing.changes(blocked, suspended) == (
        FieldChange("suspended_at", None, "2026-03-14T15:09:26.535897+00:00"),
        FieldChange("suspended_until", None, "2026-03-14T15:09:26.000000+00:00"),
    )
    assert {change.field for change in standing.changes(suspended, USER)} == {
        "blocked_at", "blocked_by", "blocked_reason", "suspended_at", "suspended_until",
    }  # fmt: skip
    assert standing.changes(suspended, suspended) == ()
