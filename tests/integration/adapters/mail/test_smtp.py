"""Mail handed over to a real server, and everything that can go wrong on the way."""

from __future__ import annotations

import asyncio
import re
import time
from email.headerregistry import Address
from typing import TYPE_CHECKING

import pytest

from adapters.mail.links import MailLinks
from adapters.mail.rendering import LetterWriter
from adapters.mail.smtp import SmtpMailer
from adapters.mail.smtp_settings import SmtpSettings
from tests.support.processes import free_port
from tests.support.smtp_server import SmtpServer, Stage, smtp_server
from user_domain.ports.mailer import MailDeferred, Mailer, MailNotSent, MailRejected
from user_domain.testing.builders import a_letter
from user_domain.testing.contracts.mailer import Arrival, Inbox, MailerContract
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import Letter, MailKind
from user_domain.value_objects.locale import Locale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

PATIENCE = 20  # seconds; only ever spent by a test that fails


def a_mailer(url: str, *, timeout: float = PATIENCE, sender: str = "shop@shop.example") -> SmtpMailer:
    local_part, _, domain = sender.partition("@")
    writer = LetterWriter(Address("Shop", local_part, domain), MailLinks("https://id.example", "https://shop.example"))
    return SmtpMailer(settings=SmtpSettings.parse(url), writer=writer, timeout=timeout)


def arrival_of(mail: EmailMessage) -> Arrival:
    text = mail.get_body(("plain",))
    assert text is not None
    mail_id = str(mail["Message-ID"]).removeprefix("<").partition("@")[0]
    return Arrival(mail_id, str(mail["X-Envelope-To"]), text.get_content())


async def kept_waiting(server: SmtpServer, stage: Stage, mailer: Mailer, letter: Letter) -> asyncio.Task[None]:
    """A delivery that has got to this stage, and gets no further until the server resumes."""
    server.pause(stage)
    sending = asyncio.create_task(mailer.send(letter))
    waiting = asyncio.create_task(server.reached(stage))
    await asyncio.wait({sending, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not waiting.done():
        waiting.cancel()
        await sending  # raises what kept it from getting there
    await waiting
    return sending


async def not_sent(mailer: Mailer, recipient: str = "john@example.com") -> MailNotSent:
    with pytest.raises(MailNotSent) as caught:
        await mailer.send(a_letter(recipient=EmailAddress(recipient)))
    return caught.value


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmtpServer]:
    """One without TLS, for all that is not about TLS."""
    with smtp_server(tmp_path_factory.mktemp("plain")) as server:
        yield server


@pytest.fixture
def server(running: SmtpServer) -> SmtpServer:
    running.clear()
    return running


@pytest.fixture(scope="module")
def starttls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmtpServer]:
    with smtp_server(tmp_path_factory.mktemp("starttls"), tls="starttls", user="shop", password="p@ss/:#?é") as server:
        yield server


@pytest.fixture
def starttls_server(starttls: SmtpServer) -> SmtpServer:
    starttls.clear()
    return starttls


class TestSmtpMailer(MailerContract):
    @pytest.fixture
    def mailer(self, server: SmtpServer) -> Mailer:
        return a_mailer(server.url())

    @pytest.fixture
    def inbox(self, server: SmtpServer) -> Inbox:
        async def arrived() -> list[Arrival]:
            return [arrival_of(mail) for mail in server.mails()]

        return arrived

    @pytest.fixture
    def unreachable_mailer(self) -> Mailer:
        return a_mailer(f"smtp://127.0.0.1:{free_port()}")


# --- The mail ---------------------------------------------------------------------------------------------------------


async def test_the_envelope_says_from_whom_and_to_whom(server: SmtpServer) -> None:
    letter = a_letter()
    await a_mailer(server.url()).send(letter)
    (mail,) = server.mails()
    assert (mail["X-Envelope-From"], mail["X-Envelope-To"]) == ("shop@shop.example", letter.recipient.value)
    assert mail["From"] == "Shop <shop@shop.example>"


async def test_a_header_hidden_in_an_address_reaches_its_mailbox_and_nobody_else(server: SmtpServer) -> None:
    address = EmailAddress("=?utf-8?q?a=0d=0abcc=3ax?=@example.com")  # stored under older rules
    await a_mailer(server.url()).send(a_letter(recipient=address))
    (mail,) = server.mails()
    assert server.recipients() == [address.value]
    assert mail["To"] == "undisclosed-recipients:;"
    assert mail["Bcc"] is None


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("tag", ["en", "fr", "ar"])
async def test_a_server_of_seven_bits_takes_every_mail(seven_bit: SmtpServer, kind: MailKind, tag: str) -> None:
    seven_bit.clear()
    letter = a_letter(kind, locale=Locale(tag))
    await a_mailer(seven_bit.url()).send(letter)
    (mail,) = seven_bit.mails()
    (source,) = seven_bit.sources()
    assert source.isascii()
    assert max(map(len, source.split(b"\r\n"))) <= 998  # RFC 5322 2.1.1
    assert b"\n" not in source.replace(b"\r\n", b"")
    assert all(token in arrival_of(mail).text for token in letter.tokens.values())


@pytest.fixture(scope="module")
def seven_bit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmtpServer]:
    with smtp_server(tmp_path_factory.mktemp("seven-bit"), seven_bit=True) as server:
        yield server


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "kind", "reason"),
    [
        ("full-450@example.com", MailDeferred, "450 4.1.1"),
        ("busy-421@example.com", MailDeferred, "421 4.1.1"),
        ("nobody-550@example.com", MailRejected, "550 5.1.1"),
        ("login-530@example.com", MailDeferred, "530 5.1.1"),  # ours to mend
        ("spam-data-554@example.com", MailRejected, "554 5.6.0"),
        ("later-data-452@example.com", MailDeferred, "452 5.6.0"),  # the code counts, whatever stands beside it
    ],
)
async def test_a_refusal_is_for_now_or_for_good(
    server: SmtpServer, recipient: str, kind: type[MailNotSent], reason: str
) -> None:
    refused = await not_sent(a_mailer(server.url()), recipient)
    assert (type(refused), refused.reason) == (kind, reason)
    assert server.mails() == []


@pytest.mark.parametrize(
    ("sender", "kind", "reason"),
    [("shop-451@shop.example", MailDeferred, "451 4.1.1"), ("shop-553@shop.example", MailRejected, "553 5.1.1")],
)
async def test_a_sender_is_refused_for_now_or_for_good(
    server: SmtpServer, sender: str, kind: type[MailNotSent], reason: str
) -> None:
    refused = await not_sent(a_mailer(server.url(), sender=sender))
    assert (type(refused), refused.reason) == (kind, reason)


@pytest.mark.parametrize("address", ["zoë@example.com", "a\r\nRCPT TO:<x@example.org>", "a b@example.com"])
async def test_a_stored_address_that_we_would_not_admit_is_refused_for_good(server: SmtpServer, address: str) -> None:
    refused = await not_sent(a_mailer(server.url()), address)
    assert (type(refused), refused.reason) == (MailRejected, "not an address")
    assert server.mails() == []


async def test_what_led_to_a_refusal_does_not_leave_with_it(server: SmtpServer) -> None:
    """The server's words repeat the address; a traceback would show them."""
    refused = await not_sent(a_mailer(server.url()), "nobody-550@example.com")
    assert refused.__cause__ is None
    assert refused.__suppress_context__


@pytest.mark.parametrize("greeting", ["554 5.3.2 not for you", "421 4.3.2 not now"])
async def test_a_server_that_takes_nobody_is_asked_again_later(tmp_path: Path, greeting: str) -> None:
    with smtp_server(tmp_path, greeting=greeting) as server:
        refused = await not_sent(a_mailer(server.url()))
    assert (type(refused), refused.reason) == (MailDeferred, greeting[:9])


async def test_a_server_that_speaks_another_protocol_is_asked_again_later(tmp_path: Path) -> None:
    with smtp_server(tmp_path, greeting="HTTP/1.1 400 Bad Request") as server:
        refused = await not_sent(a_mailer(server.url()))
    assert (type(refused), refused.reason) == (MailDeferred, "unreadable answer")


# --- Time and connections ---------------------------------------------------------------------------------------------


async def test_it_does_not_wait_for_ever(server: SmtpServer) -> None:
    refused = await not_sent(a_mailer(server.url(), timeout=0.5), "slow@example.com")
    assert (type(refused), refused.reason) == (MailDeferred, "timeout")


async def test_the_time_is_that_of_the_whole_delivery(server: SmtpServer) -> None:
    server.pause("connect")
    try:
        refused = await not_sent(a_mailer(server.url(), timeout=0.3))
    finally:
        server.resume("connect")
    assert (type(refused), refused.reason) == (MailDeferred, "timeout")


async def test_nobody_there_is_no_connection() -> None:
    refused = await not_sent(a_mailer(f"smtp://127.0.0.1:{free_port()}"))
    assert (type(refused), refused.reason) == (MailDeferred, "no connection")


async def test_a_name_that_no_one_has_is_no_connection() -> None:
    refused = await not_sent(a_mailer("smtp://nobody.invalid"))  # RFC 6761 6.4
    assert (type(refused), refused.reason) == (MailDeferred, "no connection")


@pytest.mark.parametrize("recipient", ["john-noquit@example.com", "john-hangup@example.com"])
async def test_a_mail_that_was_taken_is_sent_however_the_server_parts(server: SmtpServer, recipient: str) -> None:
    started = time.monotonic()
    await a_mailer(server.url()).send(a_letter(recipient=EmailAddress(recipient)))
    assert len(server.mails()) == 1
    assert time.monotonic() - started < PATIENCE


async def test_a_server_that_dies_before_its_answer_leaves_the_mail_to_be_sent_again(tmp_path: Path) -> None:
    letter = a_letter()
    with smtp_server(tmp_path) as server:
        mailer = a_mailer(server.url())
        sending = await kept_waiting(server, "after-data", mailer, letter)
        server.kill()
        with pytest.raises(MailDeferred, match="connection lost"):
            await sending
        server.resume("after-data")
        server.start()
        await mailer.send(letter)
        assert [arrival_of(mail).mail_id for mail in server.mails()] == [letter.id, letter.id]


async def test_a_cancelled_delivery_lets_go_of_its_connection(tmp_path: Path) -> None:
    with smtp_server(tmp_path) as server:
        sending = await kept_waiting(server, "data", a_mailer(server.url()), a_letter())
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await server.left("data")
        assert server.mails() == []


async def test_the_event_loop_goes_on_while_the_server_thinks(tmp_path: Path) -> None:
    with smtp_server(tmp_path) as server:
        sending = await kept_waiting(server, "rcpt", a_mailer(server.url()), a_letter())
        server.resume("rcpt")
        await sending


# --- TLS and logins ---------------------------------------------------------------------------------------------------


async def test_with_starttls_the_login_and_the_mail_are_encrypted(starttls_server: SmtpServer) -> None:
    await a_mailer(starttls_server.url()).send(a_letter())
    assert starttls_server.logins() == ["shop"]
    assert len(starttls_server.mails()) == 1


async def test_implicit_tls(tmp_path: Path) -> None:
    with smtp_server(tmp_path, tls="implicit", user="shop", password="secret") as server:
        assert server.url().startswith("smtps://")
        await a_mailer(server.url()).send(a_letter())
        assert len(server.mails()) == 1
        refused = await not_sent(a_mailer(server.url(trusted=False)))
    assert (type(refused), refused.reason) == (MailDeferred, "certificate not trusted")


@pytest.mark.parametrize("mode", ["required", "auto"])
async def test_a_server_nobody_vouches_for_learns_nothing(starttls_server: SmtpServer, mode: str) -> None:
    refused = await not_sent(a_mailer(starttls_server.url(starttls=mode, trusted=False)))
    assert (type(refused), refused.reason) == (MailDeferred, "certificate not trusted")
    assert (starttls_server.logins(), starttls_server.mails()) == ([], [])


async def test_a_certificate_of_another_host_is_not_trusted(tmp_path: Path) -> None:
    with smtp_server(tmp_path, tls="starttls", certificate_for="other.example") as server:
        refused = await not_sent(a_mailer(server.url()))
        assert server.mails() == []
    assert (type(refused), refused.reason) == (MailDeferred, "certificate not trusted")


async def test_without_an_offer_of_starttls_no_password_is_sent(tmp_path: Path) -> None:
    with smtp_server(tmp_path, user="shop", password="secret") as server:
        refused = await not_sent(a_mailer(server.url()))
        assert (type(refused), refused.reason) == (MailDeferred, "STARTTLS not offered")
        assert (server.logins(), server.mails()) == ([], [])
        await a_mailer(server.url(starttls="never")).send(a_letter())  # as on one's own machine
        assert len(server.mails()) == 1


async def test_starttls_is_used_when_it_is_offered(tmp_path: Path) -> None:
    with smtp_server(tmp_path, tls="starttls") as server:
        await a_mailer(server.url()).send(a_letter())
        assert len(server.mails()) == 1
        refused = await not_sent(a_mailer(server.url(trusted=False)))
        assert refused.reason == "certificate not trusted"
        await a_mailer(server.url(starttls="never", trusted=False)).send(a_letter())
        assert len(server.mails()) == 2


async def test_a_wrong_password_is_for_an_operator_to_mend(starttls_server: SmtpServer) -> None:
    url = re.sub("//shop:[^@]*@", "//shop:wrong@", starttls_server.url())
    refused = await not_sent(a_mailer(url))
    assert (type(refused), refused.reason) == (MailDeferred, "535 5.7.8")
    assert starttls_server.mails() == []


async def test_a_missing_password_is_for_an_operator_to_mend(starttls_server: SmtpServer) -> None:
    refused = await not_sent(a_mailer(re.sub("//[^@]*@", "//", starttls_server.url())))
    assert (type(refused), refused.reason) == (MailDeferred, "530 5.7.0")


async def test_a_server_without_logins_is_for_an_operator_to_mend(server: SmtpServer) -> None:
    url = server.url(starttls="never").replace("//", "//shop:secret@")
    refused = await not_sent(a_mailer(url))
    assert (type(refused), refused.reason) == (MailDeferred, "login not offered")


async def test_a_missing_ca_file_is_for_an_operator_to_mend(server: SmtpServer, tmp_path: Path) -> None:
    refused = await not_sent(a_mailer(f"{server.url()}?ca_file={tmp_path}/missing.pem"))
    assert (type(refused), refused.reason) == (MailDeferred, "the CA file cannot be read")


async def test_a_server_that_breaks_off_the_handshake(server: SmtpServer) -> None:
    """Plain SMTP where TLS was expected."""
    refused = await not_sent(a_mailer(server.url().replace("smtp://", "smtps://")))
    assert (type(refused), refused.reason) == (MailDeferred, "TLS failed")
