"""The in-memory mailer keeps the contract, and fails when told to."""

from __future__ import annotations

import pytest

from user_domain.ports.mailer import MailDeferred, Mailer, MailRejected
from user_domain.testing.builders import a_letter
from user_domain.testing.contracts.mailer import Arrival, Inbox, MailerContract
from user_domain.testing.in_memory.mailer import InMemoryMailer


class TestInMemoryMailer(MailerContract):
    @pytest.fixture
    def mailer(self) -> InMemoryMailer:
        return InMemoryMailer()

    @pytest.fixture
    def inbox(self, mailer: InMemoryMailer) -> Inbox:
        async def arrived() -> list[Arrival]:
            return [Arrival.of(letter) for letter in mailer.letters]

        return arrived

    @pytest.fixture
    def unreachable_mailer(self) -> Mailer:
        mailer = InMemoryMailer()
        mailer.refuse(MailDeferred("no connection"))
        return mailer


async def test_it_refuses_as_often_as_told_in_that_order() -> None:
    mailer, letter = InMemoryMailer(), a_letter()
    mailer.refuse(MailDeferred("450"), MailRejected("550"))
    with pytest.raises(MailDeferred, match="450"):
        await mailer.send(letter)
    with pytest.raises(MailRejected, match="550"):
        await mailer.send(letter)
    assert mailer.letters == []
    await mailer.send(letter)
    assert mailer.letters == [letter]
