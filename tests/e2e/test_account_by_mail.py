"""An account by mail, from end to end: a service that serves, a mail server that takes its mail, and somebody who reads
it and follows the links.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from html import unescape
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from adapters.mail.rendering import translations
from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import JOHN, USER_AGENT, as_url, bearer
from tests.support.processes import service
from tests.support.smtp_server import smtp_server
from user_domain.testing.builders import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from tests.support.processes import Service
    from tests.support.smtp_server import SmtpServer, Tls

OLD, NEW = JOHN["email"], "john.doe@new.example.com"
SECOND, THIRD, FOURTH = "Second-Choice-2", "Third-Choice-33", "Fourth-Choice-4"
SMTP_USER, SMTP_PASSWORD = "shop@example.com", "p@ss:w/rd %?#"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_PATIENCE = 60.0  # seconds; only ever spent by a test that fails


class Reader:
    """Whoever reads the mail that the server has taken, all of it once."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._unread: dict[str, list[EmailMessage]] = defaultdict(list)
        self._read = 0
        self.tokens: set[str] = set()
        """Of every mail so far."""

    def next_mail(self, address: str) -> EmailMessage:
        """The next mail to an address, which comes if it has not come yet."""
        deadline = time.monotonic() + _PATIENCE
        while not self._unread[address]:
            assert time.monotonic() < deadline, f"no mail to {address}, only {dict(self._unread)}"
            self._collect()
            time.sleep(0.02)
        return self._unread[address].pop(0)

    def next_link(self, address: str, page: str) -> str:
        """The link to a page in the next mail."""
        return links(self.next_mail(address))[page]

    def has_read_everything(self) -> bool:
        """Whether no mail came but those asked for."""
        self._collect()
        return not any(self._unread.values())

    def _collect(self) -> None:
        mails = self._server.mails()
        for mail in mails[self._read :]:
            self._unread[mail["X-Envelope-To"]].append(mail)
            self.tokens |= {link.partition("token=")[2] for link in links(mail).values()}
        self._read = len(mails)


class Person:
    """Somebody at a browser, who sees pages and forms, and has a storefront that calls the API."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def ask(self, method: str, path: str, expected: int, body: Any = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """What the API answers, with the status it has to have."""
        answer = self._client.request(method, path, json=body, headers=headers)
        assert answer.status_code == expected, answer.text
        return answer.json()

    def log_in(self, email: str, password: str) -> dict[str, str]:
        """Log in, which has to work; the headers that show it."""
        tokens = self.ask("POST", "/auth/login", 200, {"email": email, "password": password})
        return bearer(tokens["access_token"])

    def follow(self, link: str) -> str:
        """Look at the page of a link; where its form leads, with the token it holds."""
        page = self._client.get(link)
        assert page.status_code == 200, page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in page.headers
        (action,) = re.findall(r'<form method="post" action="([^"]*)"', page.text)
        (token,) = re.findall(r'<input type="hidden" name="token" value="([^"]*)"', page.text)
        assert unescape(token) == link.partition("token=")[2]
        return str(page.url.join(unescape(action)))

    def submit(self, link: str, expected: int = 200, **fields: str) -> None:
        """Follow a link, and send the form."""
        form = {"token": link.partition("token=")[2], **fields}
        done = self._client.post(self.follow(link), data=form)
        assert done.status_code == expected, done.text


def links(mail: EmailMessage) -> dict[str, str]:
    """The links of a mail by the page they lead to; both parts have them."""
    found = {url.partition("?")[0].rpartition("/")[2]: url for url in re.findall(r"https?://\S+", part(mail, "plain"))}
    in_html = {unescape(url) for url in re.findall(r'<a href="([^"]*)"', part(mail, "html"))}
    assert in_html == set(found.values())
    return found


def part(mail: EmailMessage, subtype: str) -> str:
    """What one part of a mail says."""
    found = mail.get_body((subtype,))
    assert found is not None
    return str(found.get_content())


@contextmanager
def shop(conninfo: str, folder: Path, server: SmtpServer, **others: str) -> Iterator[tuple[Service, Person]]:
    """A service that mails by this server, and somebody who uses it."""
    variables = {
        "DATABASE_URL": as_url(conninfo),
        "ENVIRONMENT": "development",
        "SECRET_KEY": SECRET_KEY,
        "MASTER_KEY": MASTER_KEY,
        "SMTP_URL": server.url(),
        "MAIL_FROM": "The Shop <no-reply@shop.example.com>",
        "LOG_LEVEL": "debug",
        **others,
    }
    headers = {"User-Agent": USER_AGENT}
    with (
        service("serve", folder, **variables) as started,
        httpx2.Client(base_url=started.url(""), headers=headers, trust_env=False, timeout=_PATIENCE) as client,
    ):
        yield started, Person(client)


def test_an_account_from_registration_to_an_attack_that_is_fended_off(conninfo: str, tmp_path: Path) -> None:
    with smtp_server(tmp_path / "smtp") as server, shop(conninfo, tmp_path, server) as (started, john):
        reader = Reader(server)
        user = john.ask("POST", "/auth/register", 201, JOHN)
        verify_the_address(john, reader)
        forget_the_password(john, reader)
        change_the_address_and_undo_it(john, reader, user["id"])
        fend_somebody_off(john, reader)

        assert started.stop() == 0
        assert reader.has_read_everything()
        log = started.output()
        assert "Traceback" not in log
        assert len(reader.tokens) >= 10
        for secret in (*reader.tokens, PASSWORD, SECOND, THIRD, FOURTH, SECRET_KEY, MASTER_KEY):
            assert secret not in log


def verify_the_address(john: Person, reader: Reader) -> None:
    """Looking at the page is not enough, sending its form twice is not too much."""
    link = reader.next_link(OLD, "verify-email")
    session = john.log_in(OLD, PASSWORD)
    john.follow(link)
    john.follow(link)
    status = john.ask("GET", "/auth/verification-status", 200, **session)
    assert not status["is_verified"]
    assert status["verification_sent_at"]
    john.submit(link)
    john.submit(link)
    assert john.ask("GET", "/auth/me", 200, **session)["is_email_verified"]


def forget_the_password(john: Person, reader: Reader) -> None:
    """A reset ends the old sessions, and the link."""
    session = john.log_in(OLD, PASSWORD)
    john.ask("POST", "/auth/forgot-password", 200, {"email": OLD})
    john.ask("POST", "/auth/forgot-password", 200, {"email": "nobody@example.com"})
    link = reader.next_link(OLD, "reset-password")
    john.follow(link)
    assert john.ask("GET", "/auth/me", 200, **session)["email"] == OLD
    john.submit(link, 422, new_password="short")
    john.submit(link, new_password=SECOND)
    assert john.ask("GET", "/auth/me", 401, **session)["code"] == "session_ended"
    john.submit(link, 400, new_password=THIRD)
    john.ask("POST", "/auth/login", 401, {"email": OLD, "password": PASSWORD})
    reader.next_link(OLD, "not-me")  # the notice


def change_the_address_and_undo_it(john: Person, reader: Reader, user_id: int) -> None:
    """The new address confirms, the old one is told and takes it back; then only a new password opens the account."""
    session = john.log_in(OLD, SECOND)
    change = {"email": NEW, "current_password": SECOND}
    changed = john.ask("PUT", f"/users/{user_id}", 200, change, **session)
    assert (changed["email"], changed["pending_email"]) == (OLD, NEW)
    link = reader.next_link(NEW, "confirm-email-change")
    john.follow(link)
    assert john.ask("GET", "/auth/me", 200, **session)["email"] == OLD
    john.submit(link)
    me = john.ask("GET", "/auth/me", 200, **session)
    assert (me["email"], me["pending_email"], me["is_email_verified"]) == (NEW, None, True)

    undo = reader.next_link(OLD, "undo-email-change")
    john.follow(undo)
    assert john.ask("GET", "/auth/me", 200, **session)["email"] == NEW
    john.submit(undo)
    assert john.ask("GET", "/auth/me", 401, **session)["code"] == "session_ended"
    john.ask("POST", "/auth/login", 401, {"email": NEW, "password": SECOND})
    get_back_in(john, reader, SECOND, THIRD)


def fend_somebody_off(john: Person, reader: Reader) -> None:
    """Somebody else has the password and logs in with another browser, which John is told."""
    session = john.log_in(OLD, THIRD)
    credentials = {"email": OLD, "password": THIRD}
    tokens = john.ask("POST", "/auth/login", 200, credentials, **{"User-Agent": FIREFOX})
    mail = reader.next_mail(OLD)
    assert "Firefox" in part(mail, "plain")
    intruder = bearer(tokens["access_token"])
    not_me = links(mail)["not-me"]
    john.follow(not_me)
    john.ask("GET", "/auth/me", 200, **intruder)
    john.submit(not_me)
    for headers in (session, intruder):
        assert john.ask("GET", "/auth/me", 401, **headers)["code"] == "session_ended"
    john.submit(not_me, 400)
    get_back_in(john, reader, THIRD, FOURTH)


def get_back_in(john: Person, reader: Reader, before: str, after: str) -> None:
    """The old password, though right, is not enough; the mail that came by itself is."""
    denied = john.ask("POST", "/auth/login", 403, {"email": OLD, "password": before})
    assert denied["code"] == "password_reset_required"
    john.submit(reader.next_link(OLD, "reset-password"), new_password=after)
    reader.next_link(OLD, "not-me")  # the notice
    john.log_in(OLD, after)


def test_a_mail_is_what_mail_programs_expect_in_the_language_of_the_browser(conninfo: str, tmp_path: Path) -> None:
    with smtp_server(tmp_path / "smtp") as server, shop(conninfo, tmp_path, server) as (_, person):
        reader = Reader(server)
        seen: dict[str, EmailMessage] = {}
        for language, name in (("fr", "Élodie Dupré"), ("ar", "ليلى حسن"), ("en", "John Doe")):
            email = f"{language}@example.com"
            person.ask(
                "POST",
                "/auth/register",
                201,
                JOHN | {"email": email, "name": name},
                **{"Accept-Language": f"xx;q=0.9, {language}-{language.upper()}, en;q=0.5"},
            )
            seen[language] = mail = reader.next_mail(email)
            sentences = translations(language)["verify_email"]
            assert mail["Subject"] == sentences["subject"]
            assert sentences["intro"] in part(mail, "plain")
            assert sentences["button"] in part(mail, "html")
            assert name in part(mail, "plain")
            assert mail["Content-Language"] == language
            assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in part(mail, "html")

            assert mail.get_content_type() == "multipart/alternative"
            assert [piece.get_content_type() for piece in mail.iter_parts()] == ["text/plain", "text/html"]
            assert mail["From"].addresses == (Address("The Shop", "no-reply", "shop.example.com"),)
            assert mail["To"].addresses == (Address(name, language, "example.com"),)
            assert (mail["X-Envelope-From"], mail["X-Envelope-To"]) == ("no-reply@shop.example.com", email)
            assert re.fullmatch(r"<[0-9a-f]{32}@shop\.example\.com>", mail["Message-ID"])
            assert abs(datetime.now(UTC) - mail["Date"].datetime) < timedelta(hours=1)
            assert mail["Auto-Submitted"] == "auto-generated"
            assert set(links(mail)) == {"verify-email", "not-me"}
        assert len({mail["Message-ID"] for mail in seen.values()}) == 3
        assert all(source.isascii() for source in server.sources())


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_mail_goes_encrypted_and_with_a_login(conninfo: str, tmp_path: Path, tls: Tls) -> None:
    with smtp_server(tmp_path / "smtp", tls=tls, user=SMTP_USER, password=SMTP_PASSWORD) as server:
        assert server.url().startswith("smtps://" if tls == "implicit" else "smtp://")
        with shop(conninfo, tmp_path, server) as (started, john):
            reader = Reader(server)
            john.ask("POST", "/auth/register", 201, JOHN)
            john.submit(reader.next_link(OLD, "verify-email"))
            assert john.ask("GET", "/auth/me", 200, **john.log_in(OLD, PASSWORD))["is_email_verified"]
            assert started.stop() == 0
            assert server.logins() == [SMTP_USER]
            for secret in (*reader.tokens, SMTP_PASSWORD, "p%40ss", PASSWORD):
                assert secret not in started.output()


@pytest.mark.heavy
def test_mail_for_a_server_that_cannot_be_trusted_waits(conninfo: str, tmp_path: Path) -> None:
    with smtp_server(tmp_path / "smtp", tls="starttls", user=SMTP_USER, password=SMTP_PASSWORD) as server:
        stranger = server.url(trusted=False)
        with shop(conninfo, tmp_path, server, SMTP_URL=stranger) as (started, john):
            john.ask("POST", "/auth/register", 201, JOHN)
            deadline = time.monotonic() + _PATIENCE
            while "certificate not trusted" not in started.output():
                assert time.monotonic() < deadline
                time.sleep(0.02)
        assert (server.mails(), server.logins()) == ([], [])
        with shop(conninfo, tmp_path, server):
            assert set(links(Reader(server).next_mail(OLD))) == {"verify-email", "not-me"}
