"""The user: admitted, changed, verified, promoted, logged in; and when a suspension holds."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from user_domain.entities.user import Block, Suspension, User
from user_domain.errors import AlreadyAdmin
from user_domain.testing.builders import NOW, a_block, a_new_user, a_suspension, a_user
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

MOMENT = timedelta(microseconds=1)
LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


def test_an_admitted_user_is_what_was_asked_for_at_version_1_and_has_never_logged_in() -> None:
    new = a_new_user(locale=Locale("fr-CA"), role=Role.ADMIN, email_verified_at=NOW)
    assert User.admitted(UserId(42), new) == User(
        id=UserId(42),
        name=new.name,
        email=new.email,
        mobile=new.mobile,
        locale=Locale("fr-CA"),
        role=Role.ADMIN,
        created_at=NOW,
        updated_at=NOW,
        email_verified_at=NOW,
        pending_email=None,
        password_reset_required_at=None,
        last_login_at=None,
        block=None,
        suspension=None,
        version=1,
    )


# --- Profile --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"name": PersonName("Jane Roe")},
        {"mobile": MobileNumber("+4915112345678")},
        {"locale": Locale("ar")},
        {"name": PersonName("Jane Roe"), "mobile": MobileNumber("+4915112345678"), "locale": Locale("ar")},
    ],
    ids=["name", "mobile", "locale", "all"],
)
def test_another_profile_is_another_version_and_nothing_else_changes(change: dict[str, Any]) -> None:
    user = a_user(locale=Locale("en"), version=7, last_login_at=NOW, block=a_block())
    changed = user.with_profile(**change, at=LATER)
    assert changed == a_user(
        id=user.id,
        email=user.email,
        last_login_at=NOW,
        block=a_block(),
        **{"locale": Locale("en"), **change},
        updated_at=LATER,
        version=8,
    )


def test_the_same_profile_again_is_the_very_same_user() -> None:
    user = a_user(locale=Locale("en"))
    assert user.with_profile(at=LATER) is user
    assert user.with_profile(name=user.name, mobile=user.mobile, locale=Locale("en"), at=LATER) is user


# --- Role -----------------------------------------------------------------------------------------------------------


def test_a_promoted_user_is_an_admin_at_the_next_version() -> None:
    user = a_user(version=3)
    admin = user.promoted(LATER)
    assert not user.is_admin
    assert admin.is_admin
    assert admin == a_user(id=user.id, email=user.email, role=Role.ADMIN, updated_at=LATER, version=4)


def test_an_admin_cannot_be_promoted() -> None:
    with pytest.raises(AlreadyAdmin):
        a_user(role=Role.ADMIN).promoted(LATER)


def test_another_role_is_another_version_and_the_same_one_the_very_same_user() -> None:
    user = a_user(version=3)
    admin = user.with_role(Role.ADMIN, at=LATER)
    assert admin == replace(user, role=Role.ADMIN, updated_at=LATER, version=4)
    assert admin.with_role(Role.ADMIN, at=LATER + MOMENT) is admin
    assert admin.with_role(Role.USER, at=LATER + MOMENT) == replace(user, updated_at=LATER + MOMENT, version=5)


# --- Login ----------------------------------------------------------------------------------------------------------


def test_a_login_is_remembered_and_is_no_new_version() -> None:
    user = a_user(version=3)
    assert user.logged_in(LATER) == a_user(id=user.id, email=user.email, last_login_at=LATER, version=3)


def test_an_address_is_verified_since_a_moment_or_not_at_all() -> None:
    assert a_user(email_verified_at=NOW).is_email_verified
    assert not a_user(email_verified_at=None).is_email_verified


# --- Address and password -------------------------------------------------------------------------------------------

OLD, NEW, ANOTHER = EmailAddress("old@example.com"), EmailAddress("new@example.com"), EmailAddress("else@example.com")


def test_a_wanted_address_is_pending_and_the_old_one_stays() -> None:
    user = a_user(email=OLD, email_verified_at=NOW, version=3)
    assert user.with_pending_email(NEW, at=LATER) == replace(user, pending_email=NEW, updated_at=LATER, version=4)


def test_of_several_wanted_addresses_the_last_is_pending() -> None:
    assert a_user(pending_email=ANOTHER).with_pending_email(NEW, at=LATER).pending_email == NEW


def test_an_address_wanted_twice_is_no_new_version() -> None:
    user = a_user(pending_email=NEW)
    assert user.with_pending_email(NEW, at=LATER) is user


@pytest.mark.parametrize("verified_at", [None, NOW])
def test_another_address_is_verified_since_the_change_and_none_is_pending(verified_at: datetime | None) -> None:
    user = a_user(email=OLD, email_verified_at=verified_at, pending_email=NEW, version=3)
    assert user.with_verified_email(NEW, at=LATER) == replace(
        user, email=NEW, email_verified_at=LATER, pending_email=None, updated_at=LATER, version=4
    )


def test_the_same_address_is_verified_since_the_first_time() -> None:
    unverified = a_user(email=OLD, email_verified_at=None)
    verified = unverified.with_verified_email(OLD, at=NOW)
    assert verified.email_verified_at == NOW
    assert verified.with_verified_email(OLD, at=LATER) is verified


def test_with_a_new_password_no_address_is_pending_any_more() -> None:
    user = a_user(pending_email=NEW, version=3)
    assert user.with_new_password(at=LATER) == replace(user, pending_email=None, updated_at=LATER, version=4)


def test_a_new_password_alone_is_nothing_a_reader_could_see() -> None:
    user = a_user()
    assert user.with_new_password(at=LATER) is user


def test_a_reset_is_required_since_the_first_time_it_was_and_no_address_is_pending() -> None:
    user = a_user(pending_email=NEW, version=3)
    required = user.with_reset_required(at=NOW)
    assert required == replace(user, password_reset_required_at=NOW, pending_email=None, updated_at=NOW, version=4)
    assert required.with_reset_required(at=LATER) is required


def test_a_reset_lifts_the_requirement_and_verifies_the_address_it_was_mailed_to() -> None:
    user = a_user(email_verified_at=None, password_reset_required_at=NOW, pending_email=NEW, version=3)
    assert user.with_password_reset(at=LATER) == replace(
        user,
        email_verified_at=LATER,
        password_reset_required_at=None,
        pending_email=None,
        updated_at=LATER,
        version=4,
    )


def test_an_address_that_was_verified_before_a_reset_stays_so_since_then() -> None:
    assert a_user(email_verified_at=NOW).with_password_reset(at=LATER).email_verified_at == NOW


# --- Suspension -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suspension", "at", "holds"),
    [
        pytest.param(a_suspension(), NOW, True, id="from its start"),
        pytest.param(a_suspension(), NOW + DAY - MOMENT, True, id="until the last moment"),
        pytest.param(a_suspension(), NOW + DAY, False, id="lifts itself at that moment"),
        pytest.param(a_suspension(until=None), NOW + 9999 * DAY, True, id="until lifted"),
    ],
)
def test_when_a_suspension_holds(suspension: Suspension, at: datetime, holds: bool) -> None:
    assert suspension.holds(at) is holds


# --- Shut and opened ------------------------------------------------------------------------------------------------

ADA = UserId(1)


def test_a_blocked_user_is_so_by_somebody_since_a_moment_and_at_the_next_version() -> None:
    user = a_user(suspension=a_suspension(), version=3)
    blocked = user.blocked(by=ADA, reason="spam", at=LATER)
    assert blocked == replace(user, block=Block(at=LATER, by=ADA, reason="spam"), updated_at=LATER, version=4)


@pytest.mark.parametrize("reason", ["spam", None])
def test_a_block_for_the_same_reason_is_the_very_same_user_whoever_wants_it(reason: str | None) -> None:
    user = a_user(block=a_block(reason=reason))
    assert user.blocked(by=ADA, reason=reason, at=LATER) is user


@pytest.mark.parametrize(("before", "after"), [("spam", "fraud"), ("spam", None), (None, "spam")])
def test_a_block_for_another_reason_takes_the_place_of_the_one_before(before: str | None, after: str | None) -> None:
    user = a_user(block=a_block(reason=before), version=3)
    blocked = user.blocked(by=ADA, reason=after, at=LATER)
    assert blocked == replace(user, block=Block(at=LATER, by=ADA, reason=after), updated_at=LATER, version=4)


@pytest.mark.parametrize("until", [LATER + DAY, None])
def test_a_suspended_user_is_so_for_a_while_and_a_block_stays(until: datetime | None) -> None:
    user = a_user(block=a_block(), version=3)
    suspended = user.suspended(by=ADA, reason=None, until=until, at=LATER)
    suspension = Suspension(at=LATER, by=ADA, reason=None, until=until)
    assert suspended == replace(user, suspension=suspension, updated_at=LATER, version=4)


def test_the_same_suspension_is_the_very_same_user_as_long_as_it_holds() -> None:
    user = a_user(suspension=a_suspension(reason="late", until=NOW + DAY))
    assert user.suspended(by=ADA, reason="late", until=NOW + DAY, at=NOW + DAY - MOMENT) is user
    for other in ({"reason": "fraud"}, {"reason": None}, {"until": NOW + 2 * DAY}, {"until": None}):
        fields: dict[str, Any] = {"reason": "late", "until": NOW + DAY, **other}
        assert user.suspended(by=ADA, **fields, at=LATER).suspension == Suspension(at=LATER, by=ADA, **fields)
    again = user.suspended(by=ADA, reason="late", until=NOW + DAY, at=NOW + DAY)
    assert again.suspension == Suspension(at=NOW + DAY, by=ADA, reason="late", until=NOW + DAY)


@pytest.mark.parametrize(
    "facts",
    [
        {"block": a_block()},
        {"suspension": a_suspension()},
        {"block": a_block(), "suspension": a_suspension()},
        {"block": a_block(), "suspension": a_suspension(until=LATER)},
    ],
    ids=["blocked", "suspended", "both", "blocked, and suspended once"],
)
def test_an_unblocked_user_is_neither_blocked_nor_suspended(facts: dict[str, Any]) -> None:
    user = a_user(**facts, version=3)
    assert user.unblocked(LATER) == replace(user, block=None, suspension=None, updated_at=LATER, version=4)


def test_who_is_not_shut_is_the_very_same_user_when_unblocked() -> None:
    for user in (a_user(), a_user(suspension=a_suspension(until=LATER))):
        assert user.unblocked(LATER) is user


def test_the_suspension_of_a_moment_is_the_one_that_holds_then() -> None:
    user = a_user(suspension=a_suspension(until=LATER))
    assert user.suspension_at(LATER - MOMENT) == user.suspension
    assert user.suspension_at(LATER) is None
    assert a_user().suspension_at(NOW) is None
