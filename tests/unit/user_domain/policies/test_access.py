"""Who is kept out, and for which reasons, the gravest first; and the word for that."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from user_domain.errors import (
    AccessDenied,
    AccountBlocked,
    AccountSuspended,
    EmailNotVerified,
    PasswordResetRequired,
)
from user_domain.policies.access import AccessPolicy
from user_domain.testing.builders import NOW, a_block, a_suspension, a_user
from user_domain.value_objects.account_status import AccountStatus

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)

OPTIONAL, REQUIRED = AccessPolicy(), AccessPolicy(verified_email_required=True)
EVERYTHING: dict[str, Any] = {
    "block": a_block(),
    "suspension": a_suspension(),
    "email_verified_at": None,
    "password_reset_required_at": NOW,
}


@pytest.mark.parametrize(
    ("facts", "at", "reasons", "status"),
    [
        pytest.param({}, NOW, [], "active", id="nothing against it"),
        pytest.param({"block": a_block()}, NOW, [AccountBlocked], "blocked", id="blocked"),
        pytest.param(
            {"block": a_block()}, NOW + 9999 * DAY, [AccountBlocked], "blocked", id="a block does not end by itself"
        ),
        pytest.param({"suspension": a_suspension()}, NOW, [AccountSuspended], "suspended", id="suspended"),
        pytest.param(
            {"suspension": a_suspension()}, NOW + DAY - MOMENT, [AccountSuspended], "suspended", id="to the last moment"
        ),
        pytest.param({"suspension": a_suspension()}, NOW + DAY, [], "active", id="a suspension ends by itself"),
        pytest.param(
            {"suspension": a_suspension(until=None)},
            NOW + 9999 * DAY,
            [AccountSuspended],
            "suspended",
            id="until lifted",
        ),
        pytest.param(
            {"block": a_block(), "suspension": a_suspension()},
            NOW,
            [AccountBlocked, AccountSuspended],
            "blocked",
            id="a block is graver",
        ),
        pytest.param(
            {"block": a_block(), "suspension": a_suspension()},
            NOW + DAY,
            [AccountBlocked],
            "blocked",
            id="only what still holds",
        ),
        pytest.param(
            {"password_reset_required_at": NOW}, NOW, [PasswordResetRequired], "active", id="a reset is required"
        ),
        pytest.param(
            {"password_reset_required_at": NOW - DAY},
            NOW + 9999 * DAY,
            [PasswordResetRequired],
            "active",
            id="a reset is required until it is done",
        ),
        pytest.param({"email_verified_at": None}, NOW, [], "active", id="not verified, and need not be"),
        pytest.param(
            EVERYTHING,
            NOW,
            [AccountBlocked, AccountSuspended, PasswordResetRequired],
            "blocked",
            id="everything against it",
        ),
    ],
)
def test_every_reason_is_told_the_gravest_first(
    facts: dict[str, Any], at: datetime, reasons: list[type[AccessDenied]], status: str
) -> None:
    user = a_user(**facts)
    assert [type(reason) for reason in OPTIONAL.denials(user, at=at)] == reasons
    assert OPTIONAL.status(user, at=at) is AccountStatus(status)


@pytest.mark.parametrize(
    ("facts", "reasons", "status"),
    [
        pytest.param({"email_verified_at": NOW}, [], "active", id="verified"),
        pytest.param({"email_verified_at": None}, [EmailNotVerified], "pending_verification", id="not verified"),
        pytest.param(
            {"email_verified_at": None, "password_reset_required_at": NOW},
            [EmailNotVerified, PasswordResetRequired],
            "pending_verification",
            id="a reset is required too",
        ),
        pytest.param(
            EVERYTHING,
            [AccountBlocked, AccountSuspended, EmailNotVerified, PasswordResetRequired],
            "blocked",
            id="everything against it",
        ),
    ],
)
def test_where_addresses_must_be_verified_who_has_not_done_so_is_kept_out(
    facts: dict[str, Any], reasons: list[type[AccessDenied]], status: str
) -> None:
    user = a_user(**facts)
    assert [type(reason) for reason in REQUIRED.denials(user, at=NOW)] == reasons
    assert REQUIRED.status(user, at=NOW) is AccountStatus(status)


@pytest.mark.parametrize("policy", [OPTIONAL, REQUIRED], ids=["optional", "required"])
def test_what_people_can_mend_themselves_is_no_lock(policy: AccessPolicy) -> None:
    user = a_user(**EVERYTHING)
    assert [type(lock) for lock in policy.locks(user, at=NOW)] == [AccountBlocked, AccountSuspended]
    assert [type(lock) for lock in policy.locks(user, at=NOW + DAY)] == [AccountBlocked]
    assert policy.locks(a_user(email_verified_at=None, password_reset_required_at=NOW), at=NOW) == ()


def test_a_suspended_person_hears_until_when() -> None:
    (reason,) = OPTIONAL.denials(a_user(suspension=a_suspension()), at=NOW)
    assert isinstance(reason, AccountSuspended)
    assert reason.until == NOW + DAY
