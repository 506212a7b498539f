"""The contract of `Mailer`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest

from user_domain.ports.mailer import MailDeferred, Mailer, MailNotSent
from user_domain.testing.builders import a_letter
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.letter import Letter, MailKind
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.person_name import PersonName


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that arrived: the part of its Message-ID before the @, the one mailbox it came to, and what it says."""

    mail_id: str
    recipient: str
    text: str = field(repr=False)

    @classmethod
    def of(cls, letter: Letter) -> Arrival:
        """The least that has to arrive of a letter, for mailers that write no text."""
        return cls(letter.id, letter.recipient.value, " ".join(letter.tokens.values()))


Inbox: TypeAlias = Callable[[], Awaitable[list[Arrival]]]


def _only(arrivals: list[Arrival]) -> Arrival:
    assert len(arrivals) == 1
    return arrivals[0]


class MailerContract(Contract):
    """Needs a fixture `mailer`; a fixture `inbox`: an async callable (`Inbox`) that answers what arrived since the
    test began; and a fixture `unreachable_mailer`: one whose mail nobody takes at the moment.
    """

    async def test_a_letter_arrives_where_it_is_addressed_to(self, mailer: Mailer, inbox: Inbox) -> None:
        letter = a_letter()
        await mailer.send(letter)
        assert [(it.mail_id, it.recipient) for it in await inbox()] == [(letter.id, letter.recipient.value)]

    @pytest.mark.parametrize("kind", MailKind)
    async def test_every_kind_of_letter_brings_its_tokens(self, mailer: Mailer, inbox: Inbox, kind: MailKind) -> None:
        letter = a_letter(kind)
        await mailer.send(letter)
        arrival = _only(await inbox())
        assert all(token in arrival.text for token in letter.tokens.values())

    @pytest.mark.parametrize("tag", ["en", "fr-CA", "ar", "zh-Hant-TW", "es-419"])
    async def test_readers_of_any_language_get_their_mail(self, mailer: Mailer, inbox: Inbox, tag: str) -> None:
        letter = a_letter(locale=Locale(tag))
        await mailer.send(letter)
        arrival = _only(await inbox())
        assert letter.tokens[TokenPurpose.VERIFY_EMAIL] in arrival.text

    @pytest.mark.parametrize(
        "name",
        [
            'Anne "Annie" O\'Neil <x@example.org>, y@example.org; (z)',
            "محمد 李小龍 Zoë 🦄",
            "x" * 100,
            "http://example.org",
            "=?utf-8?q?J=0d=0aBcc=3a_x?=",  # what RFC 2047 makes two lines of
            "John\r\nBcc: x@example.org\r\n\r\nHello",  # no name we admit, but one may be stored
            "\u202e\0\ud800\u2028",
        ],
    )
    async def test_no_name_keeps_a_mail_from_its_reader_or_sends_it_to_others(
        self, mailer: Mailer, inbox: Inbox, name: str
    ) -> None:
        letter = a_letter(name=PersonName(name))
        await mailer.send(letter)
        arrival = _only(await inbox())
        assert (arrival.mail_id, arrival.recipient) == (letter.id, letter.recipient.value)
        assert letter.tokens[TokenPurpose.VERIFY_EMAIL] in arrival.text

    async def test_the_same_letter_again_is_the_same_mail(self, mailer: Mailer, inbox: Inbox) -> None:
        letter = a_letter()
        await mailer.send(letter)
        await mailer.send(letter)
        assert {it.mail_id for it in await inbox()} == {letter.id}

    async def test_many_at_once_each_get_their_own(self, mailer: Mailer, inbox: Inbox) -> None:
        letters = [a_letter(MailKind.RESET_PASSWORD) for _ in range(10)]
        async with asyncio.TaskGroup() as tasks:
            for letter in letters:
                tasks.create_task(mailer.send(letter))
        arrivals = {it.recipient: it for it in await inbox()}
        assert len(arrivals) == len(letters)
        for letter in letters:
            arrival = arrivals[letter.recipient.value]
            assert arrival.mail_id == letter.id
            assert letter.tokens[TokenPurpose.RESET_PASSWORD] in arrival.text

    async def test_what_nobody_takes_now_is_deferred(self, unreachable_mailer: Mailer) -> None:
        with pytest.raises(MailNotSent) as not_sent:
            await unreachable_mailer.send(a_letter())
        assert isinstance(not_sent.value, MailDeferred)

    async def test_the_reason_tells_nothing_of_the_mail(self, unreachable_mailer: Mailer) -> None:
        letter = a_letter()
        with pytest.raises(MailNotSent) as not_sent:
            await unreachable_mailer.send(letter)
        reason = not_sent.value.reason
        assert 0 < len(reason) <= 40
        told = (letter.recipient.value, letter.name.value, letter.id, *letter.tokens.values())
        assert [secret for secret in told if secret in reason] == []
