"""Change name, mobile number or language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.errors import PreconditionFailed, UserNotFound
from user_domain.policies.authorization import require_may_change, require_self_or_admin
from user_domain.policies.input_checks import InputChecks
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.person_name import PersonName

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
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
    expected_versions: frozenset[int] | None = None
    client: ClientInfo


class ChangeProfile:
    """People change their own profile, admins that of users, but not of one another."""

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def execute(self, command: ChangeProfileCommand) -> User:
        """The user as it is now. Where nothing differs nothing is written and the version stays.

        Raises:
            Forbidden: the profile is somebody else's, whether it exists or not.
            InvalidInput: every rule that is broken, in any field.
            UserNotFound, CannotActOnAdmin: told to admins only.
            PreconditionFailed: the user is not at an expected version; of many changes that expect one, one succeeds.
        """
        require_self_or_admin(command.actor, command.user_id)
        checks = InputChecks()
        name = checks.read(PersonName.parse, command.name)
        mobile = checks.read(MobileNumber.parse, command.mobile)
        locale = checks.read(Locale.parse, command.locale)
        checks.finish()
        now = self._clock.now()
        async with self._unit_of_work() as work:
            account = await work.users.lock(command.user_id)
            if account is None:
                raise UserNotFound
            user = account.user
            require_may_change(command.actor, user)
            if command.expected_versions is not None and user.version not in command.expected_versions:
                raise PreconditionFailed
            changed = user.with_profile(name=name, mobile=mobile, locale=locale, at=now)
            if changed is user:
                return user
            await work.users.save(changed)
            await work.audit.append(
                AuditEntry(
                    action=AuditAction.USER_PROFILE_CHANGE,
                    at=now,
                    actor_id=command.actor.id,
                    target_id=user.id,
                    client=command.client,
                    changes=_changes(user, changed),
                )
            )
            await work.commit()
        return changed


def _changes(before: User, after: User) -> tuple[FieldChange, ...]:
    fields = (
        ("name", before.name, after.name),
        ("mobile", before.mobile, after.mobile),
        ("locale", before.locale, after.locale),
    )
    return tuple(
        FieldChange(field, None if old is None else str(old), str(new)) for field, old, new in fields if old != new
    )
