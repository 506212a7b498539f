"""Change name, mobile number, language or e-mail address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.errors import CannotActOnAdmin, EmailAlreadyRegistered, PreconditionFailed, UserNotFound
from user_domain.policies import profile
from user_domain.policies.authorization import require_may_change, require_self_or_admin
from user_domain.steps.refusal import refuse

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.audit_entry import FieldChange
    from user_domain.entities.user import User
    from user_domain.policies.profile import WantedProfile
    from user_domain.ports.clock import Clock
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.email_change import EmailChange
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProfileCommand:
    """The fields to change, as typed; None leaves one as it is. `expected_versions` are those the caller knows."""

    actor: User
    user_id: UserId
    name: str | None = None
    mobile: str | None = None
    locale: str | None = None
    email: str | None = None
    current_password: str | None = field(default=None, repr=False)
    expected_versions: frozenset[int] | None = None
    client: ClientInfo


class ChangeProfile:
    """People change their own profile, admins that of users, but not of one another. One's own new address stays
    pending until it has proven itself; an admin's word is proof enough.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, email_change: EmailChange, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._email_change = email_change
        self._clock = clock

    async def execute(self, command: ChangeProfileCommand) -> User:
        """The user as it is now. Where nothing differs nothing is written and the version stays.

        Raises:
            Forbidden: the profile is somebody else's, whether it exists or not.
            InvalidInput: every rule that is broken, in any field.
            CurrentPasswordRequired, WrongPassword: one's own address changes only with the current password.
            EmailAlreadyRegistered: somebody else has the address; the attempt is in the audit trail.
            AccessDenied: the access policy has begun to keep out the person who wants another address.
            UserNotFound, CannotActOnAdmin: told to admins only; the latter is in the audit trail.
            PreconditionFailed: the user is not at an expected version; of many changes that expect one, one succeeds.
            Overloaded: too much hashing waits already.
        """
        require_self_or_admin(command.actor, command.user_id)
        wanted = profile.wanted(command)
        try:
            while True:
                proven = None
                if wanted.email not in {None, command.actor.email} and command.actor.id == command.user_id:
                    proven = await self._email_change.prove(
                        command.actor, wanted.email, command.current_password, client=command.client
                    )
                changed = await self._change(command, wanted, proven)
                if changed is not None:
                    return changed
                # Another password hash was stored between check and lock: the password has to be proven against it.
        except EmailAlreadyRegistered as error:
            refusal = _entry(AuditAction.EMAIL_CHANGE_REFUSED, command, at=self._clock.now(), reason=error.code)
            async with self._unit_of_work() as work:
                await work.audit.append(refusal)
                await work.commit()
            raise

    async def _change(
        self, command: ChangeProfileCommand, wanted: WantedProfile, proven: PasswordHash | None
    ) -> User | None:
        """The user as it is now; None where the password that was proven is not the user's any more."""
        now, actor = self._clock.now(), command.actor
        async with self._unit_of_work() as work:
            account = await work.users.lock(command.user_id)
            if account is None:
                raise UserNotFound
            user = account.user
            try:
                require_may_change(actor, user)
            except CannotActOnAdmin as error:
                refusal = AuditAction.USER_PROFILE_CHANGE_REFUSED
                await refuse(error, work, refusal, user.id, at=now, client=command.client, by=actor.id)
            if command.expected_versions is not None and user.version not in command.expected_versions:
                raise PreconditionFailed
            if proven is not None and account.password_hash != proven:
                return None
            changed = user.with_profile(name=wanted.name, mobile=wanted.mobile, locale=wanted.locale, at=now)
            changes = profile.changes(user, changed)
            if wanted.email is not None and wanted.email != user.email:
                if actor.id != user.id:
                    changed = await self._email_change.decree(
                        work, changed, wanted.email, actor=actor, at=now, client=command.client
                    )
                elif proven is not None:
                    changed = await self._email_change.request(
                        work, changed, wanted.email, at=now, client=command.client
                    )
                else:  # it was the user's own address when the request came
                    raise PreconditionFailed
            elif not changes:
                return user
            if changes:
                await work.audit.append(_entry(AuditAction.USER_PROFILE_CHANGE, command, at=now, changes=changes))
            await work.users.save(changed)
            await work.commit()
        return changed


def _entry(
    action: AuditAction,
    command: ChangeProfileCommand,
    *,
    at: datetime,
    reason: str | None = None,
    changes: tuple[FieldChange, ...] = (),
) -> AuditEntry:
    return AuditEntry(
        action=action,
        at=at,
        actor_id=command.actor.id,
        target_id=command.user_id,
        client=command.client,
        reason=reason,
        changes=changes,
    )
