"""Changing an e-mail address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.errors import CurrentPasswordRequired, EmailAlreadyRegistered
from user_domain.steps.one_time_tokens import POWERS
from user_domain.steps.refusal import refuse_for
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.policies.access import AccessPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.ports.user_queries import UserQueries
    from user_domain.steps.current_password import CurrentPassword
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.email_address import EmailAddress


class EmailChange:
    """The ways to another address. The old one is always told, with a token that takes the change back and keeps the
    address reserved as long.
    """

    def __init__(
        self,
        *,
        users: UserQueries,
        current_password: CurrentPassword,
        access: AccessPolicy,
        postbox: Postbox,
        clock: Clock,
    ) -> None:
        self._users = users
        self._current_password = current_password
        self._access = access
        self._postbox = postbox
        self._clock = clock

    async def prove(
        self, user: User, wanted: EmailAddress, password: str | None, *, client: ClientInfo
    ) -> PasswordHash:
        """The hash that the current password matches, before the user's own change.

        Raises:
            CurrentPasswordRequired, WrongPassword: without it nothing changes.
            EmailAlreadyRegistered: somebody else has the address. Who is first when several want it is decided when
                they confirm.
        """
        if password is None:
            raise CurrentPasswordRequired
        proven = await self._current_password.prove(
            user, password, refusal=AuditAction.EMAIL_CHANGE_REQUEST_REFUSED, client=client
        )
        if await self._users.email_is_taken(wanted, by_others_than=user.id, at=self._clock.now()):
            raise EmailAlreadyRegistered
        return proven

    async def request(
        self, work: UnitOfWork, user: User, wanted: EmailAddress, *, at: datetime, client: ClientInfo
    ) -> User:
        """The user with the address pending, which is asked by mail to confirm.

        Raises:
            AccessDenied: the access policy has begun to keep the person out. A new address would be a way back in.
        """
        denials, action = self._access.denials(user, at=at), AuditAction.EMAIL_CHANGE_REQUEST_REFUSED
        await refuse_for(denials, work, action, user.id, at=at, client=client)
        await work.audit.append(_entry(AuditAction.EMAIL_CHANGE_REQUEST, user, wanted, user, at=at, client=client))
        await self._postbox.post(work, MailKind.CONFIRM_EMAIL_CHANGE, user, at=at, client=client, to=wanted)
        return user.with_pending_email(wanted, at=at)

    async def decree(
        self, work: UnitOfWork, user: User, wanted: EmailAddress, *, actor: User, at: datetime, client: ClientInfo
    ) -> User:
        """The user with the address at once, verified by the actor's word or by a token. Where an admin did it, the
        person is not told from where.

        Raises:
            EmailAlreadyRegistered: somebody else has the address, or has it reserved; nothing was changed.
        """
        await work.users.change_email(user.id, wanted, at=at)
        await work.tokens.void(user.id, POWERS, at=at)
        await work.audit.append(_entry(AuditAction.EMAIL_CHANGE, user, wanted, actor, at=at, client=client))
        told = client if actor.id == user.id else client.without_origin()
        await self._postbox.post(work, MailKind.EMAIL_CHANGED, user, at=at, client=told)  # to the old address
        return user.with_verified_email(wanted, at=at)


def _entry(
    action: AuditAction, user: User, wanted: EmailAddress, actor: User, *, at: datetime, client: ClientInfo
) -> AuditEntry:
    change = FieldChange("email", user.email.value, wanted.value)
    return AuditEntry(action=action, at=at, actor_id=actor.id, target_id=user.id, client=client, changes=(change,))
