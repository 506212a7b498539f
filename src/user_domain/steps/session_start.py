"""Starting a session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.entities.session import EndReason, NewSession

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.secret_source import SecretSource
    from user_domain.ports.session_repository import SessionHolder
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.value_objects.client_info import ClientInfo


class SessionStart:
    """Puts a session into a unit of work that has locked its holder and let the person in. Where there are as many as
    are allowed, the oldest make room, and the trail says which.
    """

    def __init__(self, *, secrets: SecretSource, sessions: SessionPolicy) -> None:
        self._secrets = secrets
        self._sessions = sessions

    async def start(self, work: UnitOfWork, holder: SessionHolder, *, at: datetime, client: ClientInfo) -> NewSession:
        """The session, as it will be stored."""
        user = holder.account.user
        if holder.surplus:
            await work.sessions.evict(holder.surplus, at=at, reason=EndReason.EVICTED)
            changes = tuple(FieldChange("session", str(session_id), None) for session_id in holder.surplus)
            evicted = AuditEntry.about_oneself(AuditAction.SESSION_EVICT, user.id, at=at, client=client)
            await work.audit.append(replace(evicted, changes=changes))
        handle = self._secrets.session_handle()
        session = NewSession.start(handle, user.id, at=at, lifetime=self._sessions.lifetime, client=client)
        await work.sessions.add(session)
        await work.users.save(user.logged_in(at))
        await work.audit.append(
            AuditEntry.about_oneself(AuditAction.SESSION_LOGIN_SUCCESS, user.id, at=at, client=client)
        )
        return session
