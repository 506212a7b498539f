"""Outboxes that lose mail, or mix up what is in it and how it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.testing.builders import CLIENT
from user_domain.testing.in_memory.mail_outbox import InMemoryMailOutbox

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.mail import Mail
    from user_domain.value_objects.ids import MailId


class SortsTheTokens(InMemoryMailOutbox):
    """So that nobody knows which link is which."""

    async def add(self, mail: Mail) -> None:
        await super().add(replace(mail, token_ids=tuple(sorted(mail.token_ids, reverse=True))))


class AddForgetsTheClient(InMemoryMailOutbox):
    async def add(self, mail: Mail) -> None:
        await super().add(replace(mail, client=CLIENT))


class AddsDeadMail(InMemoryMailOutbox):
    async def add(self, mail: Mail) -> None:
        await super().add(mail)
        self._mails[mail.id] = replace(self._mails[mail.id], dead_at=mail.occurred_at)


class AddsTriedMail(InMemoryMailOutbox):
    async def add(self, mail: Mail) -> None:
        await super().add(mail)
        self._mails[mail.id] = replace(self._mails[mail.id], attempts=1)


class AddressesNothing(InMemoryMailOutbox):
    async def address(self, mail: Mail) -> bool:
        return mail.id in self._mails


class AddressesWithoutSayingSo(InMemoryMailOutbox):
    async def address(self, mail: Mail) -> bool:
        await super().address(mail)
        return False


class AddressesByAddingAnew(InMemoryMailOutbox):
    async def address(self, mail: Mail) -> bool:
        if not await super().address(mail):
            return False
        await super().add(self._mails[mail.id].mail)
        return True


class AddressesWhatIsSomebodys(InMemoryMailOutbox):
    async def address(self, mail: Mail) -> bool:
        if mail.id not in self._mails:
            return False
        self._mails[mail.id] = replace(self._mails[mail.id], mail=mail)
        return True


class AddressesWhatIsGone(InMemoryMailOutbox):
    async def address(self, mail: Mail) -> bool:
        if mail.id not in self._mails:
            await super().add(mail)
            return True
        return await super().address(mail)


class AddressesAllOfThem(InMemoryMailOutbox):
    async def address(self, mail: Mail) -> bool:
        return any([await super(AddressesAllOfThem, self).address(replace(mail, id=it)) for it in list(self._mails)])


class RevivesNothing(InMemoryMailOutbox):
    async def revive(self, mail_id: MailId, *, at: datetime) -> bool:
        return mail_id in self._mails


class RevivesWithoutSayingSo(InMemoryMailOutbox):
    async def revive(self, mail_id: MailId, *, at: datetime) -> bool:
        await super().revive(mail_id, at=at)
        return False


class RevivesTheDeadOnly(InMemoryMailOutbox):
    async def revive(self, mail_id: MailId, *, at: datetime) -> bool:
        if mail_id in self._mails and self._mails[mail_id].dead_at is None:
            return True
        return await super().revive(mail_id, at=at)


class RevivesForOneLastAttempt(InMemoryMailOutbox):
    async def revive(self, mail_id: MailId, *, at: datetime) -> bool:
        attempts = self._mails[mail_id].attempts if mail_id in self._mails else 0
        revived = await super().revive(mail_id, at=at)
        if revived:
            self._mails[mail_id] = replace(self._mails[mail_id], attempts=attempts)
        return revived


class RevivesAllOfThem(InMemoryMailOutbox):
    async def revive(self, mail_id: MailId, *, at: datetime) -> bool:
        for other in self._mails:
            await super().revive(other, at=at)
        return mail_id in self._mails


class RevivesWhatIsGone(InMemoryMailOutbox):
    async def revive(self, mail_id: MailId, *, at: datetime) -> bool:
        await super().revive(mail_id, at=at)
        return True
