"""Who may see and change whom."""

from collections.abc import Callable

import pytest

from user_domain.entities.user import User
from user_domain.errors import CannotActOnAdmin, CannotActOnSelf, DomainError, Forbidden
from user_domain.policies.authorization import (
    require_admin,
    require_may_administer,
    require_may_change,
    require_may_control,
    require_self_or_admin,
)
from user_domain.testing.builders import a_user
from user_domain.value_objects.role import Role

USER, ADMIN = a_user(), a_user(role=Role.ADMIN)
ANOTHER_USER, ANOTHER_ADMIN = a_user(), a_user(role=Role.ADMIN)


@pytest.mark.parametrize(
    ("actor", "user", "seeing", "changing"),
    [
        pytest.param(USER, USER, None, None, id="a user oneself"),
        pytest.param(USER, ANOTHER_USER, Forbidden, Forbidden, id="a user another user"),
        pytest.param(USER, ADMIN, Forbidden, Forbidden, id="a user an admin"),
        pytest.param(ADMIN, USER, None, None, id="an admin a user"),
        pytest.param(ADMIN, ADMIN, None, None, id="an admin oneself"),
        pytest.param(ADMIN, ANOTHER_ADMIN, None, CannotActOnAdmin, id="an admin another admin"),
    ],
)
def test_who_may_see_and_change_whom(
    actor: User, user: User, seeing: type[DomainError] | None, changing: type[DomainError] | None
) -> None:
    assert outcome(lambda: require_self_or_admin(actor, user.id)) is seeing
    assert outcome(lambda: require_may_change(actor, user)) is changing


def test_some_things_are_for_admins_only() -> None:
    assert outcome(lambda: require_admin(ADMIN)) is None
    assert outcome(lambda: require_admin(USER)) is Forbidden


@pytest.mark.parametrize(
    ("actor", "user", "administering", "controlling"),
    [
        pytest.param(USER, USER, Forbidden, Forbidden, id="a user oneself"),
        pytest.param(USER, ANOTHER_USER, Forbidden, Forbidden, id="a user another user"),
        pytest.param(USER, ADMIN, Forbidden, Forbidden, id="a user an admin"),
        pytest.param(ADMIN, USER, None, None, id="an admin a user"),
        pytest.param(ADMIN, ADMIN, CannotActOnSelf, CannotActOnSelf, id="an admin oneself"),
        pytest.param(ADMIN, ANOTHER_ADMIN, None, CannotActOnAdmin, id="an admin another admin"),
    ],
)
def test_who_may_administer_and_control_whom(
    actor: User, user: User, administering: type[DomainError] | None, controlling: type[DomainError] | None
) -> None:
    assert outcome(lambda: require_may_administer(actor, user.id)) is administering
    assert outcome(lambda: require_may_control(actor, user)) is controlling


def outcome(requirement: Callable[[], None]) -> type[DomainError] | None:
    try:
        requirement()
    except DomainError as refusal:
        return type(refusal)
    return None
