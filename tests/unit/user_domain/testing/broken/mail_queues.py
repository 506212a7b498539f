"""Queues that lose mail, hand it to two, or believe whoever took too long."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.entities.mail import UnsentMail
from user_domain.ports.mail_queue import ClaimedMail
from user_domain.testing.builders import NOW, a_mail, a_user
from user_domain.testing.in_memory import InMemoryDatabase, InMemoryMailQueue

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.ids import MailId

INSTANT = timedelta(microseconds=1)


# --- What comes -----------------------------------------------------------------------------------------------------


class ComesWithoutTokens(InMemoryMailQueue):
    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        claimed = await super().claim(at=at, until=until)
        return claimed and replace(claimed, tokens=())


class ComesWithEveryToken(InMemoryMailQueue):
    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        claimed = await super().claim(at=at, until=until)
        return claimed and replace(claimed, tokens=tuple(self._database.committed.tokens.values()))


class ComesOnlyWithTokens(InMemoryMailQueue):
    """As with an inner join."""

    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        claimed = await super().claim(at=at, until=until)
        return claimed if claimed and claimed.tokens else None


class CountsFromZero(InMemoryMailQueue):
    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        claimed = await super().claim(at=at, until=until)
        return claimed and replace(claimed, attempt=claimed.attempt - 1)


class FindsOutWhoHasTheAddress(InMemoryMailQueue):
    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        claimed = await super().claim(at=at, until=until)
        if claimed is None:
            return None
        users = [account.user for account in self._database.committed.accounts.values()]
        owner = next((user for user in users if user.email == claimed.mail.recipient), None)
        return replace(claimed, user=claimed.user or owner)


class ComesWithTheUserOfThatTime(InMemoryMailQueue):
    """Under the name that all builders give."""

    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        claimed = await super().claim(at=at, until=until)
        return claimed and replace(claimed, user=claimed.user and replace(claimed.user, name=a_user().name))


class ComesWithTokensOfThatTime(InMemoryMailQueue):
    """When none was used."""

    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        claimed = await super().claim(at=at, until=until)
        return claimed and replace(claimed, tokens=tuple(replace(token, used_at=None) for token in claimed.tokens))


class MakesMailUp(InMemoryMailQueue):
    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        made_up = ClaimedMail(mail=a_mail(), attempt=1, until=until, user=None, tokens=())
        return await super().claim(at=at, until=until) or made_up


# --- Which comes ----------------------------------------------------------------------------------------------------


class _Overlooks(InMemoryMailQueue):
    """Takes from a part of the mails."""

    def _seen(self, due: list[UnsentMail]) -> list[UnsentMail]:
        raise NotImplementedError

    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        mails = self._database.committed.mails
        due = [mail for mail in mails.values() if mail.dead_at is None and mail.next_attempt_at <= at]
        seen = {mail.mail.id for mail in self._seen(due)}
        overlooked = {mail_id: mail for mail_id, mail in mails.items() if mail_id not in seen}
        for mail_id in overlooked:
            del mails[mail_id]
        claimed = await super().claim(at=at, until=until)
        mails.update(overlooked)
        return claimed


class LastInFirstOut(_Overlooks):
    def _seen(self, due: list[UnsentMail]) -> list[UnsentMail]:
        return sorted(due, key=lambda mail: mail.next_attempt_at)[-1:]


class SmallestNumberFirst(_Overlooks):
    def _seen(self, due: list[UnsentMail]) -> list[UnsentMail]:
        return sorted(due, key=lambda mail: mail.mail.id)[:1]


class OneAtATime(_Overlooks):
    """Nobody gets a mail while somebody has one."""

    def _seen(self, due: list[UnsentMail]) -> list[UnsentMail]:
        return due if all(mail.attempts == 0 for mail in self._database.committed.mails.values()) else []


class TakersDoNotSeeEachOther(InMemoryMailQueue):
    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        seen = InMemoryDatabase()
        seen.committed = self._database.committed.copy()
        await asyncio.sleep(0)  # the others look too
        claimed = await InMemoryMailQueue(seen).claim(at=at, until=until)
        self._database.committed.mails = seen.committed.mails
        return claimed


# --- For how long ---------------------------------------------------------------------------------------------------


class _Leases(InMemoryMailQueue):
    """Takes a mail, and notes something else than what it answers."""

    def _noted(self, taken: UnsentMail, at: datetime) -> UnsentMail:
        raise NotImplementedError

    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        claimed = await super().claim(at=at, until=until)
        if claimed is not None:
            mails = self._database.committed.mails
            mails[claimed.mail.id] = self._noted(mails[claimed.mail.id], at)
        return claimed


class LeasesForNoTime(_Leases):
    def _noted(self, taken: UnsentMail, at: datetime) -> UnsentMail:
        return replace(taken, next_attempt_at=at)


class LeasesAnInstantTooShort(_Leases):
    def _noted(self, taken: UnsentMail, at: datetime) -> UnsentMail:
        return replace(taken, next_attempt_at=taken.next_attempt_at - INSTANT)


class LeasesAnInstantTooLong(_Leases):
    def _noted(self, taken: UnsentMail, at: datetime) -> UnsentMail:
        return replace(taken, next_attempt_at=taken.next_attempt_at + INSTANT)


class LosesWhatWasTaken(_Leases):
    """With whoever took it."""

    def _noted(self, taken: UnsentMail, at: datetime) -> UnsentMail:
        return replace(taken, dead_at=at)


class CountsNoAttempts(_Leases):
    def _noted(self, taken: UnsentMail, at: datetime) -> UnsentMail:
        return replace(taken, attempts=0)


# --- What came of it ------------------------------------------------------------------------------------------------


class _AllOfThem(InMemoryMailQueue):
    def _claims(self) -> list[ClaimedMail]:
        """As if everybody said it of every mail."""
        return [
            ClaimedMail(mail=mail.mail, attempt=mail.attempts, until=mail.next_attempt_at, user=None, tokens=())
            for mail in self._database.committed.mails.values()
        ]


class RemovesNothing(InMemoryMailQueue):
    async def remove(self, claimed: ClaimedMail) -> None:
        pass


class RemovesAllOfThem(_AllOfThem):
    async def remove(self, claimed: ClaimedMail) -> None:
        for other in self._claims():
            await super().remove(other)


class RemovesForWhoeverHasItOnly(InMemoryMailQueue):
    async def remove(self, claimed: ClaimedMail) -> None:
        mail = self._database.committed.mails.get(claimed.mail.id)
        if mail is not None and mail.attempts == claimed.attempt:
            await super().remove(claimed)


class PostponesNothing(InMemoryMailQueue):
    async def postpone(self, claimed: ClaimedMail, *, until: datetime, error: str) -> None:
        pass


class PostponesWithoutSayingWhy(InMemoryMailQueue):
    async def postpone(self, claimed: ClaimedMail, *, until: datetime, error: str) -> None:
        await self._change(claimed, next_attempt_at=until)


class PostponesForEver(InMemoryMailQueue):
    async def postpone(self, claimed: ClaimedMail, *, until: datetime, error: str) -> None:
        await self._change(claimed, next_attempt_at=until, error=error, dead_at=until)


class PostponesAllOfThem(_AllOfThem):
    async def postpone(self, claimed: ClaimedMail, *, until: datetime, error: str) -> None:
        for other in self._claims():
            await super().postpone(other, until=until, error=error)


class PostponesForAnybody(InMemoryMailQueue):
    async def postpone(self, claimed: ClaimedMail, *, until: datetime, error: str) -> None:
        mail = self._database.committed.mails.get(claimed.mail.id)
        if mail is not None:
            of_now = replace(claimed, attempt=mail.attempts, until=mail.next_attempt_at)
            await super().postpone(of_now, until=until, error=error)


class PostponesWhatHasLeft(InMemoryMailQueue):
    """By putting it into the queue again."""

    async def postpone(self, claimed: ClaimedMail, *, until: datetime, error: str) -> None:
        await super().postpone(claimed, until=until, error=error)
        again = UnsentMail(
            mail=claimed.mail, attempts=claimed.attempt, next_attempt_at=until, dead_at=None, error=error
        )
        self._database.committed.mails.setdefault(claimed.mail.id, again)


class BuriesNothing(InMemoryMailQueue):
    async def bury(self, claimed: ClaimedMail, *, at: datetime, error: str) -> None:
        pass


class BuriesWithoutATrace(InMemoryMailQueue):
    async def bury(self, claimed: ClaimedMail, *, at: datetime, error: str) -> None:
        await self.remove(claimed)


class BuriesAllOfThem(_AllOfThem):
    async def bury(self, claimed: ClaimedMail, *, at: datetime, error: str) -> None:
        for other in self._claims():
            await super().bury(other, at=at, error=error)


class BuriesForAnybody(InMemoryMailQueue):
    async def bury(self, claimed: ClaimedMail, *, at: datetime, error: str) -> None:
        mail = self._database.committed.mails.get(claimed.mail.id)
        if mail is not None:
            of_now = replace(claimed, attempt=mail.attempts, until=mail.next_attempt_at)
            await super().bury(of_now, at=at, error=error)


class ComparesAttemptsOnly(InMemoryMailQueue):
    """Which are counted anew after a revival."""

    async def bury(self, claimed: ClaimedMail, *, at: datetime, error: str) -> None:
        mail = self._database.committed.mails[claimed.mail.id]
        await super().bury(replace(claimed, until=mail.next_attempt_at), at=at, error=error)


class BuriesWhatHasLeft(InMemoryMailQueue):
    async def bury(self, claimed: ClaimedMail, *, at: datetime, error: str) -> None:
        await super().bury(claimed, at=at, error=error)
        buried = UnsentMail(mail=claimed.mail, attempts=claimed.attempt, next_attempt_at=at, dead_at=at, error=error)
        self._database.committed.mails.setdefault(claimed.mail.id, buried)


# --- When to look again ---------------------------------------------------------------------------------------------


class SomethingIsAlwaysDue(InMemoryMailQueue):
    async def next_due(self) -> datetime | None:
        return await super().next_due() or NOW


class NothingIsEverDue(InMemoryMailQueue):
    async def next_due(self) -> datetime | None:
        return None


class LooksAgainForTheLast(InMemoryMailQueue):
    async def next_due(self) -> datetime | None:
        waiting = [mail.next_attempt_at for mail in self._waiting().values()]
        return max(waiting, default=None)

    def _waiting(self) -> dict[MailId, UnsentMail]:
        mails = self._database.committed.mails
        return {mail_id: mail for mail_id, mail in mails.items() if mail.dead_at is None}


class ForgetsWhatWasTaken(InMemoryMailQueue):
    async def next_due(self) -> datetime | None:
        mails = self._database.committed.mails.values()
        return min((m.next_attempt_at for m in mails if m.dead_at is None and m.attempts == 0), default=None)


class TheDeadAreDue(InMemoryMailQueue):
    async def next_due(self) -> datetime | None:
        return min((mail.next_attempt_at for mail in self._database.committed.mails.values()), default=None)
