"""What the in-memory adapters share: the committed state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.entities.session import Session
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.ids import SessionHandle, UserId


@dataclass(slots=True)
class State:
    """Everything stored. Entities are immutable, so copying the containers copies the state."""

    accounts: dict[UserId, Account] = field(default_factory=dict)
    sessions: dict[SessionHandle, Session] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)

    def copy(self) -> State:
        """A state that can be changed without changing this one."""
        return State(dict(self.accounts), dict(self.sessions), list(self.audit))


class InMemoryDatabase:
    """The committed state, and the lock that lets one unit of work at a time change it."""

    def __init__(self) -> None:
        self.committed = State()
        self.lock = asyncio.Lock()
