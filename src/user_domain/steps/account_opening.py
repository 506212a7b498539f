"""Opening an account for somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditEntry, FieldChange
from user_domain.policies.admission import admit
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditAction
    from user_domain.entities.user import User
    from user_domain.policies.admission import AccountDetails
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.new_password import NewPassword
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.role import Role


class AccountOpening:
    """Whoever opens an account for somebody else vouches for the address: it counts as verified from the start. All
    other rules are those of registration.
    """

    def __init__(
        self, *, unit_of_work: UnitOfWorkFactory, new_password: NewPassword, postbox: Postbox, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._new_password = new_password
        self._postbox = postbox
        self._clock = clock

    async def open(
        self, details: AccountDetails, *, role: Role, action: AuditAction, actor: User | None, client: ClientInfo
    ) -> User:
        """The new user. Where an admin opened the account the person is told by mail; an operator (no actor) is
        beside the person, or is the person.

        Raises:
            InvalidInput: every rule that is broken, in any field; or the password is too common.
            EmailAlreadyRegistered: somebody has this address.
            Overloaded: too much hashing waits already.
        """
        now = self._clock.now()
        admission = admit(details, role=role, at=now, email_verified=True)
        new = admission.user
        password_hash = await self._new_password.hash(admission.password, name=new.name, email=new.email)
        async with self._unit_of_work() as work:
            user = await work.users.add(new, password_hash)
            await work.audit.append(
                AuditEntry(
                    action=action,
                    at=now,
                    actor_id=actor.id if actor else None,
                    target_id=user.id,
                    client=client,
                    changes=(FieldChange("role", None, role),),
                )
            )
            if actor is not None:
                origin = client.without_origin()
                await self._postbox.post(work, MailKind.ACCOUNT_CREATED, user, at=now, client=origin)
            await work.commit()
        return user
