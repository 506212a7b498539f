"""Mails that tell of what somebody may not have done: when, from where and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.http import CLIENT_IP, JOHN, OTHER_PASSWORD, client_of
from user_domain.testing.builders import PASSWORD
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from tests.support.http import Service

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


async def log_in(
    service: Service, *, ip: str | None = CLIENT_IP, user_agent: str | None = FIREFOX, password: str = PASSWORD
) -> int:
    """Log in from somewhere, with something; the status."""
    peer = (ip, 50_000) if ip else None
    async with client_of(service.app, peer=peer) as client:
        client.headers.pop("User-Agent")
        headers = {"User-Agent": user_agent} if user_agent is not None else {}
        body = {"email": JOHN["email"], "password": password}
        answer = await client.post("/auth/login", json=body, headers=headers)
        status: int = answer.status_code
        return status


async def kinds(service: Service) -> list[MailKind]:
    return [letter.kind for letter in await service.letters()]


@pytest.fixture(autouse=True)
async def _at_home(service: Service) -> None:
    """John has been here before, with Firefox, over IPv4 and IPv6."""
    await service.register()
    assert await log_in(service) == 200
    assert await log_in(service, ip="2001:db8:1:2::7") == 200
    await service.letters()


async def test_the_first_login_of_an_account_is_no_news(service: Service) -> None:
    await service.register(email="jane@example.com")
    await service.letters()
    await service.log_in("jane@example.com")
    assert await kinds(service) == []


@pytest.mark.parametrize(
    ("ip", "user_agent"),
    [
        (CLIENT_IP, FIREFOX),
        ("203.0.113.250", FIREFOX),  # the same /24
        ("::ffff:203.0.113.9", FIREFOX),  # the same, as a server that listens on IPv6 sees it
        ("2001:db8:1:2:ffff::1", FIREFOX),  # the same /64
    ],
)
async def test_a_device_in_a_network_that_is_known_is_not_told_of(service: Service, ip: str, user_agent: str) -> None:
    assert await log_in(service, ip=ip, user_agent=user_agent) == 200
    assert await kinds(service) == []


@pytest.mark.parametrize(
    ("ip", "user_agent"),
    [
        (CLIENT_IP, CHROME),
        (CLIENT_IP, None),
        (CLIENT_IP, FIREFOX.replace("Linux", "Windows")),
        ("203.0.114.7", FIREFOX),
        ("2001:db8:1:3::7", FIREFOX),
        (None, FIREFOX),
        ("198.51.100.1", CHROME),
    ],
)
async def test_a_new_device_or_network_is_told_of_once(
    service: Service, ip: str | None, user_agent: str | None
) -> None:
    assert await log_in(service, ip=ip, user_agent=user_agent) == 200
    assert await kinds(service) == [MailKind.NEW_LOGIN]
    assert await log_in(service, ip=ip, user_agent=user_agent) == 200
    assert await kinds(service) == []


async def test_the_mail_says_when_from_where_and_with_what(service: Service) -> None:
    await log_in(service, ip="198.51.100.1", user_agent=CHROME)
    (letter,) = await service.letters()
    (session,) = await service.rows("select started_at from sessions order by id desc limit 1")
    assert (letter.recipient.value, letter.name.value) == (JOHN["email"], "John Doe")
    assert (letter.occurred_at, letter.ip_address) == (session["started_at"], "198.51.100.1")
    assert (letter.device.browser, letter.device.system) == ("Chrome", "Windows")
    assert set(letter.tokens) == {TokenPurpose.NOT_ME}
    assert (await service.redeem(TokenPurpose.NOT_ME, letter.tokens[TokenPurpose.NOT_ME])).status_code == 200
    assert await service.rows("select from sessions where ended_at is null") == []


async def test_a_login_that_failed_is_not_told_of_and_makes_nothing_known(service: Service) -> None:
    assert await log_in(service, ip="198.51.100.1", user_agent=CHROME, password="Wrong-Pass-1") == 401
    assert await kinds(service) == []
    await log_in(service, ip="198.51.100.1", user_agent=CHROME)
    assert await kinds(service) == [MailKind.NEW_LOGIN]


async def test_a_session_that_is_over_still_makes_known(service: Service) -> None:
    await service.rows("update sessions set ended_at = started_at, end_reason = 'logout' returning id")
    await log_in(service)
    assert await kinds(service) == []


async def test_what_one_person_uses_is_new_to_another(service: Service) -> None:
    await service.register(email="jane@example.com")
    await service.log_in("jane@example.com")
    await log_in(service, user_agent=CHROME)
    await service.letters()
    async with client_of(service.app) as client:
        body = {"email": "jane@example.com", "password": PASSWORD}
        await client.post("/auth/login", json=body, headers={"User-Agent": CHROME})
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value) == (MailKind.NEW_LOGIN, "jane@example.com")


@pytest.mark.parametrize("user_agent", ["", "x" * 600, "\x7f\x01 <b>; rm -rf /", "Mozilla/5.0 " + "(" * 400])
async def test_a_device_nobody_knows_is_no_hindrance(service: Service, user_agent: str) -> None:
    assert await log_in(service, user_agent=user_agent) == 200
    assert await kinds(service) == [MailKind.NEW_LOGIN]


async def test_changes_of_password_and_address_are_told_of_whatever_the_device(service: Service) -> None:
    user = (await service.rows("select id from users where email = 'john@example.com'"))[0]
    headers = await service.log_in()
    await service.letters()
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    await service.client.post("/auth/change-password", headers=headers, json=body)
    assert MailKind.PASSWORD_CHANGED in await kinds(service)
    change = {"email": "new@example.com", "current_password": OTHER_PASSWORD}
    await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    confirm = await service.letter(MailKind.CONFIRM_EMAIL_CHANGE)
    await service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, confirm.tokens[TokenPurpose.CONFIRM_EMAIL_CHANGE])
    assert await kinds(service) == [MailKind.EMAIL_CHANGED]


async def test_a_mail_is_in_the_language_the_person_has_by_then(service: Service) -> None:
    user = (await service.rows("select id from users where email = 'john@example.com'"))[0]
    headers = await service.log_in()
    await service.letters()
    await log_in(service, user_agent=CHROME)
    await service.client.put(f"/users/{user['id']}", headers=headers, json={"locale": "fr", "name": "Jean Doe"})
    (letter,) = await service.letters()
    assert (str(letter.locale), letter.name.value) == ("fr", "Jean Doe")
