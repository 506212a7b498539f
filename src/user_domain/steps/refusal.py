"""Saying no, for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from user_domain.entities.audit_entry import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from user_domain.entities.audit_entry import AuditAction
    from user_domain.errors import DomainError
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId


async def refuse(
    reason: DomainError,
    work: UnitOfWork,
    action: AuditAction,
    user_id: UserId,
    *,
    at: datetime,
    client: ClientInfo,
    by: UserId | None = None,
) -> NoReturn:
    """Raise the reason against something that people do to their own account, or that an admin (`by`) does to it. A
    refused attempt is a fact: its audit entry is committed, with whatever else the unit of work holds by then.
    """
    actor_id = user_id if by is None else by
    await work.audit.append(
        AuditEntry(action=action, at=at, actor_id=actor_id, target_id=user_id, client=client, reason=reason.code)
    )
    await work.commit()
    raise reason


async def refuse_for(
    reasons: Iterable[DomainError],
    work: UnitOfWork,
    action: AuditAction,
    user_id: UserId,
    *,
    at: datetime,
    client: ClientInfo,
) -> None:
    """Refuse for the first of the reasons; where there is none, nothing happens."""
    for reason in reasons:
        await refuse(reason, work, action, user_id, at=at, client=client)
