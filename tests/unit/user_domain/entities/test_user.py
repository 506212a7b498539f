"""The user: admitted, changed, promoted, logged in, and how the account stands."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from user_domain.entities.user import Block, Suspension, User
from user_domain.errors import AlreadyAdmin
from user_domain.testing.builders import NOW, a_block, a_new_user, a_suspension, a_user
from user_domain.value_objects.account_status import AccountStatus
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


# --- Login ----------------------------------------------------------------------------------------------------------


def test_a_login_is_remembered_and_is_no_new_version() -> None:
    user = a_user(version=3)
    assert user.logged_in(LATER) == a_user(id=user.id, email=user.email, last_login_at=LATER, version=3)


def test_an_address_is_verified_since_a_moment_or_not_at_all() -> None:
    assert a_user(email_verified_at=NOW).is_email_verified
    assert not a_user(email_verified_at=None).is_email_verified


# --- Standing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "suspension", "at", "status"),
    [
        pytest.param(None, None, NOW, AccountStatus.ACTIVE, id="nothing against it"),
        pytest.param(a_block(), None, NOW, AccountStatus.BLOCKED, id="blocked"),
        pytest.param(a_block(), None, NOW + 9999 * DAY, AccountStatus.BLOCKED, id="a block does not end by itself"),
        pytest.param(None, a_suspension(), NOW, AccountStatus.SUSPENDED, id="suspended"),
        pytest.param(None, a_suspension(), NOW + DAY - MOMENT, AccountStatus.SUSPENDED, id="until the last moment"),
        pytest.param(None, a_suspension(), NOW + DAY, AccountStatus.ACTIVE, id="lifts itself at that moment"),
        pytest.param(None, a_suspension(until=None), NOW + 9999 * DAY, AccountStatus.SUSPENDED, id="until lifted"),
        pytest.param(a_block(), a_suspension(), NOW, AccountStatus.BLOCKED, id="a block is graver"),
    ],
)
def test_how_an_account_stands(
    block: Block | None, suspension: Suspension | None, at: datetime, status: AccountStatus
) -> None:
    assert a_user(block=block, suspension=suspension).status(at) is status
