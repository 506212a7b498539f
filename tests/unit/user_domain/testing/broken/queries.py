"""Queries that answer from memory, at the wrong time, or about somebody else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

from user_domain.entities.mail import UnsentMail
from user_domain.entities.session import Session
from user_domain.ports.password_hasher import PasswordHash
from user_domain.ports.session_queries import Login
from user_domain.ports.user_queries import LoginCandidate
from user_domain.ports.user_repository import Account
from user_domain.testing.builders import NOW, a_mail, a_new_session, a_user
from user_domain.testing.in_memory import (
    InMemoryDatabase,
    InMemoryMailQueries,
    InMemorySessionQueries,
    InMemoryUserQueries,
)
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import SessionId, UserId
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.user import User
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import MailId, SessionHandle


# --- Users ----------------------------------------------------------------------------------------------------------


class FindsWhoeverCameFirst(InMemoryUserQueries):
    async def by_id(self, user_id: UserId) -> User | None:
        return next((account.user for account in self._database.committed.accounts.values()), None)

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        return next(iter(self._database.committed.accounts.values()), None)

    async def account_by_id(self, user_id: UserId) -> Account | None:
        return next(iter(self._database.committed.accounts.values()), None)


class MakesUsersUp(InMemoryUserQueries):
    async def by_id(self, user_id: UserId) -> User | None:
        return await super().by_id(user_id) or a_user(id=user_id)


class DoesNotAnswerWhileSomebodyWrites(InMemoryUserQueries):
    async def by_id(self, user_id: UserId) -> User | None:
        return None if self._database.lock.locked() else await super().by_id(user_id)


class RemembersUsers(InMemoryUserQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: dict[UserId, User | None] = {}

    async def by_id(self, user_id: UserId) -> User | None:
        if user_id not in self._remembered:
            self._remembered[user_id] = await super().by_id(user_id)
        return self._remembered[user_id]


class RemembersAccounts(InMemoryUserQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: dict[EmailAddress, Account] = {}

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        account = self._remembered.get(email) or await super().account_by_email(email)
        if account is not None:
            self._remembered[email] = account
        return account


class RemembersWhoWasNotThere(InMemoryUserQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._missing: set[EmailAddress] = set()

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        account = None if email in self._missing else await super().account_by_email(email)
        if account is None:
            self._missing.add(email)
        return account


class RemembersAccountsByNumber(InMemoryUserQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: dict[UserId, Account] = {}

    async def account_by_id(self, user_id: UserId) -> Account | None:
        account = self._remembered.get(user_id) or await super().account_by_id(user_id)
        if account is not None:
            self._remembered[user_id] = account
        return account


class MakesCandidatesUp(InMemoryUserQueries):
    """So that no work has to be saved for addresses nobody has."""

    async def login_candidate(self, email: EmailAddress, *, client: ClientInfo) -> LoginCandidate | None:
        candidate = await super().login_candidate(email, client=client)
        return candidate or LoginCandidate(account=Account(a_user(), PasswordHash("")), is_recognised=True)


# --- Logins ---------------------------------------------------------------------------------------------------------


class _Judges(InMemoryUserQueries):
    """Recognises a login in another way, from what was there before."""

    def _before(self, user: User) -> list[Session]:
        return [session for session in self._database.committed.sessions.values() if session.user_id == user.id]

    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        known_agents = {session.user_agent for session in before}
        known_networks = {ClientInfo(ip_address=session.ip_address).network for session in before}
        return not before or (client.user_agent in known_agents and client.network in known_networks)

    async def login_candidate(self, email: EmailAddress, *, client: ClientInfo) -> LoginCandidate | None:
        account = await self.account_by_email(email)
        if account is None:
            return None
        return LoginCandidate(account=account, is_recognised=self._judge(self._before(account.user), client))


class RecognisesEverybody(_Judges):
    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        return True


class RecognisesNobody(_Judges):
    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        return False


class TakesALoginWithoutSessionsForTheFirst(_Judges):
    """As if nobody had ever thrown sessions away."""


class DistrustsTheFirstLogin(_Judges):
    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        return bool(before) and super()._judge(before, client)


class LooksAtTheUserAgentOnly(_Judges):
    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        return not before or client.user_agent in {session.user_agent for session in before}


class LooksAtTheNetworkOnly(_Judges):
    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        return not before or client.network in {ClientInfo(ip_address=s.ip_address).network for s in before}


class LooksAtTheLastLoginOnly(_Judges):
    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        return super()._judge(before[-1:], client)


class WantsTheSameAddress(_Judges):
    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        return not before or (
            super()._judge(before, client) and client.ip_address in {session.ip_address for session in before}
        )


class KnowsWideNetworksOnly(_Judges):
    """IPv6 /48, as a whole company or a provider's quarter of a town has."""

    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        def wide(address: str | None) -> str | None:
            return address and str(ip_network(f"{address}/{48 if ':' in address else 24}", strict=False))

        agents, networks = {s.user_agent for s in before}, {wide(s.ip_address) for s in before}
        return not before or (client.user_agent in agents and wide(client.ip_address) in networks)


class WantsBothFromOneLogin(_Judges):
    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        return not before or any(super(WantsBothFromOneLogin, self)._judge([session], client) for session in before)


class NullEqualsNothing(_Judges):
    """As in SQL with `=`."""

    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        complete = client.user_agent is not None and client.ip_address is not None
        return not before or (complete and super()._judge(before, client))


class NullEqualsAnything(_Judges):
    def _judge(self, before: list[Session], client: ClientInfo) -> bool:
        first = before[:1]
        return super()._judge(
            before,
            ClientInfo(
                ip_address=client.ip_address or next((s.ip_address for s in first), None),
                user_agent=client.user_agent or next((s.user_agent for s in first), None),
            ),
        )


class MixesUpPeople(_Judges):
    def _before(self, user: User) -> list[Session]:
        return list(self._database.committed.sessions.values())


class ForgetsLoginsThatAreOver(_Judges):
    def _before(self, user: User) -> list[Session]:
        return [session for session in super()._before(user) if session.ended_at is None]


class LogsInToSomebodyElse(InMemoryUserQueries):
    async def login_candidate(self, email: EmailAddress, *, client: ClientInfo) -> LoginCandidate | None:
        candidate = await super().login_candidate(email, client=client)
        first = next(iter(self._database.committed.accounts.values()))
        return candidate and replace(candidate, account=first)


# --- Addresses ------------------------------------------------------------------------------------------------------


class EveryAddressIsTaken(InMemoryUserQueries):
    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        return True


class EveryAddressIsFree(InMemoryUserQueries):
    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        return False


class OnesOwnAddressIsTaken(InMemoryUserQueries):
    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        return await super().email_is_taken(email, by_others_than=UserId(0), at=at)


class KnowsNoReservations(InMemoryUserQueries):
    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        account = await self.account_by_email(email)
        return account is not None and account.user.id != by_others_than


class EveryTokenReserves(InMemoryUserQueries):
    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        tokens = self._database.committed.tokens.values()
        return await super().email_is_taken(email, by_others_than=by_others_than, at=at) or any(
            token.email == email and token.user_id != by_others_than for token in tokens
        )


class ReservesAnInstantTooLong(InMemoryUserQueries):
    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        earlier = at - timedelta(microseconds=1)
        return await super().email_is_taken(email, by_others_than=by_others_than, at=earlier)


# --- Verifications --------------------------------------------------------------------------------------------------


class _Verifies(InMemoryUserQueries):
    """Finds the moment among other tokens."""

    def _counts(self, token: OneTimeToken, user: User) -> bool:
        return (token.user_id, token.email, token.purpose) == (user.id, user.email, TokenPurpose.VERIFY_EMAIL)

    async def verification_sent_at(self, user_id: UserId) -> datetime | None:
        user = await self.by_id(user_id)
        tokens = self._database.committed.tokens.values()
        return max((token.issued_at for token in tokens if user and self._counts(token, user)), default=None)


class NeverSentAnything(_Verifies):
    def _counts(self, token: OneTimeToken, user: User) -> bool:
        return False


class CountsWhatOthersGot(_Verifies):
    def _counts(self, token: OneTimeToken, user: User) -> bool:
        return token.purpose is TokenPurpose.VERIFY_EMAIL


class CountsGoodTokensOnly(_Verifies):
    def _counts(self, token: OneTimeToken, user: User) -> bool:
        return super()._counts(token, user) and token.voided_at is None


class CountsEveryMail(_Verifies):
    def _counts(self, token: OneTimeToken, user: User) -> bool:
        return (token.user_id, token.email) == (user.id, user.email)


class CountsFormerAddresses(_Verifies):
    def _counts(self, token: OneTimeToken, user: User) -> bool:
        return (token.user_id, token.purpose) == (user.id, TokenPurpose.VERIFY_EMAIL)


# --- Unsent mail ----------------------------------------------------------------------------------------------------


class InventsMail(InMemoryMailQueries):
    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        invented = UnsentMail(mail=a_mail(), attempts=0, next_attempt_at=NOW, dead_at=None, error=None)
        return await super().unsent(limit=limit, after=after) or [invented]


class OrdersMailByWhenItIsDue(InMemoryMailQueries):
    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        return sorted(await super().unsent(limit=limit, after=after), key=lambda mail: mail.next_attempt_at)


class KnowsNoLimit(InMemoryMailQueries):
    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        return await super().unsent(limit=1000, after=after)


class BeginsWithTheLastMailAgain(InMemoryMailQueries):
    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        mails = self._database.committed.mails
        return [mails[mail_id] for mail_id in sorted(mails) if after is None or mail_id >= after][:limit]


class LooksForTheLastMail(InMemoryMailQueries):
    """And begins anew where it has left."""

    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        known = after if after in self._database.committed.mails else None
        return await super().unsent(limit=limit, after=known)


class HidesDeadMail(InMemoryMailQueries):
    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        return [mail for mail in await super().unsent(limit=limit, after=after) if mail.dead_at is None]


class SaysNotWhy(InMemoryMailQueries):
    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        return [replace(mail, error=None) for mail in await super().unsent(limit=limit, after=after)]


class RemembersMail(InMemoryMailQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: list[UnsentMail] = []

    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        self._remembered = self._remembered or await super().unsent(limit=limit, after=after)
        return self._remembered


class ShowsNoMailWhileSomebodyWrites(InMemoryMailQueries):
    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        return [] if self._database.lock.locked() else await super().unsent(limit=limit, after=after)


# --- Sessions -------------------------------------------------------------------------------------------------------


class NamesAnotherUser(InMemorySessionQueries):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        login = await super().login_by_handle(handle)
        return login and replace(login, user=a_user())


class MakesSessionsUp(InMemorySessionQueries):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        user = a_user()
        new = a_new_session(user.id, handle=handle)
        made_up = Session.started(SessionId(1), new)
        return await super().login_by_handle(handle) or Login(user, made_up)


class HidesEndedSessions(InMemorySessionQueries):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        login = await super().login_by_handle(handle)
        return login if login and login.session.ended_at is None else None


class NeverSawASessionEnd(InMemorySessionQueries):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        login = await super().login_by_handle(handle)
        return login and replace(login, session=replace(login.session, ended_at=None, end_reason=None))


class AnswersEverybodyLikeTheFirst(InMemorySessionQueries):
    """Gathers look-ups to make one round trip of them, and hands the answers out to the wrong callers."""

    _asked: SessionHandle | None = None

    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        self._asked = self._asked or handle
        await asyncio.sleep(0)
        return await super().login_by_handle(self._asked)


class RemembersSessions(InMemorySessionQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: dict[SessionHandle, Login | None] = {}

    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        if handle not in self._remembered:
            self._remembered[handle] = await super().login_by_handle(handle)
        return self._remembered[handle]


# --- Sessions that many ask for -------------------------------------------------------------------------------------


class AnswersOneOfThem(InMemorySessionQueries):
    """Whoever asks for what somebody else is asking for gets nothing."""

    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._asked: set[SessionHandle] = set()

    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        if handle in self._asked:
            return None
        self._asked.add(handle)
        await asyncio.sleep(0)
        self._asked.discard(handle)
        return await super().login_by_handle(handle)


class _Shares(InMemorySessionQueries):
    """Asks once for everybody who comes before the answer."""

    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._running: dict[SessionHandle, asyncio.Task[Login | None]] = {}

    async def _look_up(self, handle: SessionHandle) -> Login | None:
        login = await super().login_by_handle(handle)
        await asyncio.sleep(0.01)  # it is on its way
        self._running.pop(handle, None)
        return login

    def _shared(self, handle: SessionHandle) -> asyncio.Task[Login | None]:
        return self._running.setdefault(handle, asyncio.ensure_future(self._look_up(handle)))


class JoinsWhatIsUnderWay(_Shares):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        return await asyncio.shield(self._shared(handle))


class FallsWithWhoeverAskedFirst(_Shares):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        return await self._shared(handle)


# --- Sessions by number ---------------------------------------------------------------------------------------------


class KnowsNoNumbers(InMemorySessionQueries):
    async def by_id(self, session_id: SessionId) -> Session | None:
        return None


class TakesAnyNumber(InMemorySessionQueries):
    async def by_id(self, session_id: SessionId) -> Session | None:
        return await super().by_id(session_id) or next(iter(self._database.committed.sessions.values()))


class HidesNumbersOfEndedSessions(InMemorySessionQueries):
    async def by_id(self, session_id: SessionId) -> Session | None:
        session = await super().by_id(session_id)
        return session if session and session.ended_at is None else None


# --- Sessions of a user ---------------------------------------------------------------------------------------------


class _Lists(InMemorySessionQueries):
    """Lists in parts, so that one of them can be broken."""

    def _listed(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return self._database.committed.live_sessions(user_id, at=at, seen_after=seen_after)

    def _page(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        return [session for session in newest_first if before is None or session.id < before][:limit]

    async def live_of_user(
        self,
        user_id: UserId,
        *,
        at: datetime,
        seen_after: datetime | None,
        limit: int,
        before: SessionId | None = None,
    ) -> list[Session]:
        listed = self._listed(user_id, at=at, seen_after=seen_after)
        newest_first = sorted(listed, key=lambda session: session.id, reverse=True)
        return self._page(newest_first, limit=limit, before=before)


class ListsEverybodysSessions(_Lists):
    def _listed(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return [session for session in self._database.committed.sessions.values() if session.is_live(at)]


class ListsTheOldestFirst(_Lists):
    def _page(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        return super()._page(newest_first, limit=limit, before=before)[::-1]


class ListsWhatWasEnded(_Lists):
    def _listed(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return [s for s in self._database.committed.sessions.values() if s.user_id == user_id and at < s.expires_at]


class ListsWhatExpired(_Lists):
    def _listed(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return [s for s in self._database.committed.sessions.values() if s.user_id == user_id and s.ended_at is None]


class ListsWhatExpiresNow(_Lists):
    def _listed(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return super()._listed(user_id, at=at - timedelta(microseconds=1), seen_after=seen_after)


class ListsWhatLiesIdle(_Lists):
    def _listed(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return super()._listed(user_id, at=at, seen_after=None)


class ListsWhatLaysIdleForAnInstant(_Lists):
    def _listed(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return super()._listed(user_id, at=at, seen_after=seen_after and seen_after - timedelta(microseconds=1))


class ListsThemAll(_Lists):
    def _page(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        return super()._page(newest_first, limit=len(newest_first), before=before)


class BeginsWithTheLastSessionAgain(_Lists):
    def _page(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        return [session for session in newest_first if before is None or session.id <= before][:limit]


class LooksForTheLastSession(_Lists):
    def _page(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        if before is None:
            return newest_first[:limit]
        numbers = [session.id for session in newest_first]
        return newest_first[numbers.index(before) + 1 :][:limit] if before in numbers else []


class CutsBeforeItLooks(_Lists):
    def _listed(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return [session for session in self._database.committed.sessions.values() if session.user_id == user_id]

    def _page(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        page = super()._page(newest_first, limit=limit, before=before)
        return [session for session in page if session.ended_at is None]


class ShowsNoSessionsWhileSomebodyWrites(_Lists):
    def _listed(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        return [] if self._database.lock.locked() else super()._listed(user_id, at=at, seen_after=seen_after)


# --- All sessions of a user -----------------------------------------------------------------------------------------


class _ListsAll(InMemorySessionQueries):
    """Lists in parts, so that one of them can be broken."""

    def _all(self, user_id: UserId) -> list[Session]:
        return [s for s in self._database.committed.sessions.values() if s.user_id == user_id]

    def _cut(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        return [session for session in newest_first if before is None or session.id < before][:limit]

    async def of_user(self, user_id: UserId, *, limit: int, before: SessionId | None = None) -> list[Session]:
        newest_first = sorted(self._all(user_id), key=lambda session: session.id, reverse=True)
        return self._cut(newest_first, limit=limit, before=before)


class ForgetsEndedSessions(_ListsAll):
    def _all(self, user_id: UserId) -> list[Session]:
        return [session for session in super()._all(user_id) if session.ended_at is None]


class ForgetsExpiredSessions(_ListsAll):
    def _all(self, user_id: UserId) -> list[Session]:
        return [session for session in super()._all(user_id) if session.expires_at > NOW]


class ListsAllOfEverybody(_ListsAll):
    def _all(self, user_id: UserId) -> list[Session]:
        return list(self._database.committed.sessions.values())


class ListsAllOldestFirst(_ListsAll):
    def _cut(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        return super()._cut(newest_first, limit=limit, before=before)[::-1]


class ListsAllWithoutLimit(_ListsAll):
    def _cut(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        return super()._cut(newest_first, limit=len(newest_first), before=before)


class ListsTheLastOneTwice(_ListsAll):
    def _cut(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        return super()._cut(newest_first, limit=limit, before=before and SessionId(before + 1))


class SkipsOneAfterEachPage(_ListsAll):
    def _cut(self, newest_first: list[Session], *, limit: int, before: SessionId | None) -> list[Session]:
        return super()._cut(newest_first, limit=limit, before=before and SessionId(before - 1))


class ListsNoneWhileSomebodyWrites(_ListsAll):
    def _all(self, user_id: UserId) -> list[Session]:
        return [] if self._database.lock.locked() else super()._all(user_id)
