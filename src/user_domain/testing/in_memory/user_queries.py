"""Users in memory, for reading."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from user_domain.entities.session import EndReason
from user_domain.ports.user_queries import LoginCandidate, UserQueries
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.ports.user_repository import Account
    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId


class InMemoryUserQueries(UserQueries):
    """Looks through the committed accounts, one by one."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def by_id(self, user_id: UserId) -> User | None:
        account = self._database.committed.accounts.get(user_id)
        return account.user if account else None

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        accounts = self._database.committed.accounts.values()
        return next((account for account in accounts if account.user.email == email), None)

    async def account_by_id(self, user_id: UserId) -> Account | None:
        return self._database.committed.accounts.get(user_id)

    async def login_candidate(self, email: EmailAddress, *, client: ClientInfo) -> LoginCandidate | None:
        account = await self.account_by_email(email)
        if account is None:
            return None
        before = [s for s in self._database.committed.sessions.values() if s.user_id == account.user.id]
        trusted = [s for s in before if s.end_reason not in {EndReason.NOT_ME, EndReason.EMAIL_CHANGE_UNDO}]
        known_agent = any(_unversioned(session.user_agent) == _unversioned(client.user_agent) for session in trusted)
        known_network = any(ClientInfo(ip_address=s.ip_address).network == client.network for s in trusted)
        is_first = account.user.last_login_at is None
        return LoginCandidate(account=account, is_recognised=is_first or (known_agent and known_network))

    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        return self._database.committed.email_is_taken(email, by_others_than=by_others_than, at=at)

    async def verification_sent_at(self, user_id: UserId) -> datetime | None:
        state = self._database.committed
        account = state.accounts.get(user_id)
        return max(
            (
                token.issued_at
                for token in state.tokens.values()
                if account
                and (token.user_id, token.email) == (user_id, account.user.email)
                and token.purpose is TokenPurpose.VERIFY_EMAIL
            ),
            default=None,
        )


def _unversioned(user_agent: str | None) -> str | None:
    return user_agent and re.sub("[0-9]+", "", user_agent)
