"""Mailers that lose mail, mix it up, or talk about it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.ports.mailer import MailDeferred, MailNotSent, MailRejected
from user_domain.testing.in_memory.mailer import InMemoryMailer
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import MailId
from user_domain.value_objects.person_name import PersonName

if TYPE_CHECKING:
    from user_domain.value_objects.letter import Letter


class SendsNothing(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        await super().send(letter)
        self.letters.clear()


class SendsToSomebodyElse(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        await super().send(replace(letter, recipient=EmailAddress("somebody@example.net")))


class SendsACopyToSomebodyElse(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        await super().send(letter)
        await super().send(replace(letter, recipient=EmailAddress("somebody@example.net")))


class ForgetsTheSecondLink(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        first = letter.kind.purposes[0]
        await super().send(replace(letter, tokens={first: letter.tokens[first]}))


class KnowsEnglishOnly(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        if letter.locale is None or letter.locale.value == "en":
            await super().send(letter)


class KnowsPlainNamesOnly(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        if letter.name.value.replace(" ", "").isalnum():
            await super().send(letter)


class BelievesNames(InMemoryMailer):
    """A line in the name is a header like any other."""

    async def send(self, letter: Letter) -> None:
        name, _, header = letter.name.value.partition("\r\nBcc: ")
        if header:
            await super().send(replace(letter, recipient=EmailAddress(header.split("\r\n")[0])))
        await super().send(replace(letter, name=PersonName(name)))


class NumbersAnew(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        await super().send(
            replace(letter, id=MailId(f"{letter.id}.{len(self.letters)}" if self.letters else letter.id))
        )


class SendsEverybodyTheFirstLinks(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        await super().send(replace(letter, tokens=self.letters[0].tokens) if self.letters else letter)


class SwallowsRefusals(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        with contextlib.suppress(MailNotSent):
            await super().send(letter)


class GivesUpForGood(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        try:
            await super().send(letter)
        except MailDeferred as error:
            raise MailRejected(error.reason) from None


class TellsWhomItWasFor(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        try:
            await super().send(letter)
        except MailDeferred as error:
            raise MailDeferred(f"{error.reason} {letter.recipient}") from None


class RepeatsWhatTheServerSaid(InMemoryMailer):
    async def send(self, letter: Letter) -> None:
        try:
            await super().send(letter)
        except MailDeferred as error:
            raise MailDeferred(
                f"{error.reason}: a server may say as much as it likes, and of whatever it likes"
            ) from None
