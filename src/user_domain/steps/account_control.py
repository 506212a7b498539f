"""What an admin does to the account of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Protocol

from user_domain.entities.audit_entry import AuditEntry
from user_domain.entities.session import EndReason
from user_domain.errors import CannotActOnAdmin, CannotActOnSelf, PreconditionFailed, UserNotFound
from user_domain.policies import standing
from user_domain.policies.authorization import require_may_administer, require_may_control
from user_domain.steps.refusal import refuse
from user_domain.value_objects.account_status import AccountStatus

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.audit_entry import AuditAction, FieldChange
    from user_domain.entities.user import User
    from user_domain.errors import DomainError
    from user_domain.policies.access import AccessPolicy
    from user_domain.ports.admin_roster import RosterPlace
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId
    from user_domain.value_objects.letter import MailKind

_ENDS = {
    AccountStatus.BLOCKED: EndReason.ACCOUNT_BLOCKED,
    AccountStatus.SUSPENDED: EndReason.ACCOUNT_SUSPENDED,
}


class AdminCommand(Protocol):
    """Who wants to do something to whose account, and from where. `expected_versions` are those the admin knows."""

    @property
    def actor(self) -> User: ...
    @property
    def user_id(self) -> UserId: ...
    @property
    def expected_versions(self) -> frozenset[int] | None: ...
    @property
    def client(self) -> ClientInfo: ...


class AccountControl:
    """How all of it begins and ends: who may, the account locked, and in the same transaction everything that follows
    from the change. What admins may not do and try is in the audit trail.
    """

    def __init__(self, *, access: AccessPolicy, postbox: Postbox, clock: Clock) -> None:
        self._access = access
        self._postbox = postbox
        self._clock = clock

    async def lock(self, work: UnitOfWork, command: AdminCommand, *, refusal: AuditAction) -> User:
        """The user, locked, whom an admin may block, suspend and so on.

        Raises:
            Forbidden, CannotActOnSelf, CannotActOnAdmin: as the policy says.
            UserNotFound: there is no such user.
            PreconditionFailed: the user is not at an expected version.
        """
        await self._require_another(work, command, refusal)
        account = await work.users.lock(command.user_id)
        if account is None:
            raise UserNotFound
        try:
            require_may_control(command.actor, account.user)
        except CannotActOnAdmin as error:
            await self.refuse(error, work, command, refusal)
        _require_expected(account.user, command)
        return account.user

    async def lock_place(self, work: UnitOfWork, command: AdminCommand, *, refusal: AuditAction) -> RosterPlace:
        """The user, admin or not, locked together with the roster, so that the last admin stays one.

        Raises:
            Forbidden, CannotActOnSelf: as the policy says.
            UserNotFound: there is no such user.
            PreconditionFailed: the user is not at an expected version.
        """
        await self._require_another(work, command, refusal)
        place = await work.admins.lock(
            command.user_id, at=self._clock.now(), verified_email_required=self._access.verified_email_required
        )
        if place is None:
            raise UserNotFound
        _require_expected(place.account.user, command)
        return place

    async def refuse(
        self, reason: DomainError, work: UnitOfWork, command: AdminCommand, refusal: AuditAction
    ) -> NoReturn:
        """Raise the reason, of which the audit trail tells."""
        await refuse(
            reason,
            work,
            refusal,
            command.user_id,
            at=self._clock.now(),
            client=command.client,
            by=command.actor.id,
        )

    async def apply(
        self, work: UnitOfWork, before: User, after: User, command: AdminCommand, action: AuditAction, *, at: datetime
    ) -> None:
        """Let an account stand differently: its sessions end where it is shut now, history and audit trail say so, and
        the person is told what concerns them. Then commit.
        """
        await work.users.save(after)
        await self.record(work, command, action, changes=standing.changes(before, after), at=at)
        change = standing.change(before, after, by=command.actor.id, at=at)
        if change is not None:
            await work.status_history.add(change)
        kind = standing.news(before, after, at=at)
        if kind is not None:
            await self.tell(work, kind, after, command, at=at)
        if change is not None and change.status in _ENDS:
            await work.sessions.end_all(after.id, at=at, reason=_ENDS[change.status])
        await work.commit()

    async def record(
        self,
        work: UnitOfWork,
        command: AdminCommand,
        action: AuditAction,
        *,
        changes: tuple[FieldChange, ...] = (),
        at: datetime,
    ) -> None:
        """Write down what was done."""
        await work.audit.append(
            AuditEntry(
                action=action,
                at=at,
                actor_id=command.actor.id,
                target_id=command.user_id,
                client=command.client,
                changes=changes,
            )
        )

    async def tell(self, work: UnitOfWork, kind: MailKind, user: User, command: AdminCommand, *, at: datetime) -> None:
        """Mail the person; nothing of where the admin sits, nor why it was done."""
        await self._postbox.post(work, kind, user, at=at, client=command.client.without_origin())

    async def _require_another(self, work: UnitOfWork, command: AdminCommand, refusal: AuditAction) -> None:
        try:
            require_may_administer(command.actor, command.user_id)
        except CannotActOnSelf as error:
            await self.refuse(error, work, command, refusal)


def _require_expected(user: User, command: AdminCommand) -> None:
    if command.expected_versions is not None and user.version not in command.expected_versions:
        raise PreconditionFailed
