"""Who may see and change whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import CannotActOnAdmin, CannotActOnSelf, Forbidden

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.value_objects.ids import UserId


def require_self_or_admin(actor: User, user_id: UserId) -> None:
    """People see their own record, admins everybody's. Decided before the store is asked, so that a stranger's
    answer is the same whether the record exists or not.

    Raises:
        Forbidden: the record is somebody else's.
    """
    if actor.id != user_id and not actor.is_admin:
        raise Forbidden


def require_admin(actor: User) -> None:
    """Some things are for admins only.

    Raises:
        Forbidden: the actor is none.
    """
    if not actor.is_admin:
        raise Forbidden


def require_may_change(actor: User, user: User) -> None:
    """People change themselves, admins change users; towards themselves admins are ordinary users.

    Raises:
        Forbidden: the record is somebody else's.
        CannotActOnAdmin: the record is another admin's.
    """
    require_self_or_admin(actor, user.id)
    if actor.id != user.id and user.is_admin:
        raise CannotActOnAdmin


def require_may_administer(actor: User, user_id: UserId) -> None:
    """What admins do to accounts they do to those of others. Decided before the store is asked.

    Raises:
        Forbidden: the actor is no admin.
        CannotActOnSelf: the account is the actor's own.
    """
    require_admin(actor)
    if actor.id == user_id:
        raise CannotActOnSelf


def require_may_control(actor: User, user: User) -> None:
    """Admins block, unblock and suspend users, but not one another.

    Raises:
        Forbidden, CannotActOnSelf: as for `require_may_administer`.
        CannotActOnAdmin: the account is another admin's.
    """
    require_may_administer(actor, user.id)
    if user.is_admin:
        raise CannotActOnAdmin
