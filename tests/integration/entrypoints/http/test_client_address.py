"""Whose address is written down: the client's, where a trusted proxy names it; never what a stranger made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import structlog

from tests.support.http import JOHN, client_of, compose_http, running
from user_domain.testing.builders import PASSWORD
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from structlog.typing import EventDict

    from tests.support.http import Service

GATEWAY = "10.0.0.1"
STRANGER = "198.51.100.66"
HOME, ABROAD = "203.0.113.7", "192.0.2.200"


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    """One that trusts a network of gateways, and the machine it is on."""
    container = compose_http(conninfo, trusted_proxies="10.0.0.0/8,fd00::/8,127.0.0.1,::1")
    async with running(container) as service:
        yield service


async def log_in(service: Service, *forwarded_for: str, peer: str | None = GATEWAY, password: str = PASSWORD) -> int:
    """Log in through a proxy, or as one who says so; the status."""
    lines = [("X-Forwarded-For", line) for line in forwarded_for]
    async with client_of(service.app, peer=(peer, 50_000) if peer else None) as client:
        body = {"email": JOHN["email"], "password": password}
        answer = await client.post("/auth/login", json=body, headers=lines)
    status: int = answer.status_code
    return status


async def seen(service: Service) -> tuple[str | None, str | None]:
    """The addresses of the last session and of the last audit entry."""
    (session,) = await service.rows("select host(ip_address) as ip from sessions order by id desc limit 1")
    return session["ip"], (await service.audit_trail())[-1].client.ip_address


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        (GATEWAY, ["203.0.113.7"], "203.0.113.7"),
        (GATEWAY, ["203.0.113.7:4711"], "203.0.113.7"),
        (GATEWAY, ["127.0.0.1, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        (GATEWAY, ["127.0.0.1", "203.0.113.7", "10.0.0.2"], "203.0.113.7"),
        (GATEWAY, ["2001:db8::7"], "2001:db8::7"),
        (GATEWAY, ["127.0.0.1, [2001:db8::7]:4711, fd00::2"], "2001:db8::7"),
        (GATEWAY, ["::ffff:203.0.113.7"], "203.0.113.7"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        (GATEWAY, ["203.0.113.7, unknown"], GATEWAY),
        (GATEWAY, [], GATEWAY),
        (STRANGER, ["203.0.113.7"], STRANGER),
        (STRANGER, ["203.0.113.7, 10.0.0.1", "10.0.0.1"], STRANGER),
        ("2001:db8::66", ["203.0.113.7"], "2001:db8::66"),
        (None, ["203.0.113.7"], None),
    ],
)
async def test_session_and_audit_trail_have_the_address_of_the_client(
    service: Service, peer: str | None, forwarded_for: list[str], client: str | None
) -> None:
    await service.register()
    assert await log_in(service, *forwarded_for, peer=peer) == 200
    assert await seen(service) == (client, client)


async def test_a_refused_login_is_written_down_with_it_too(service: Service) -> None:
    await service.register()
    assert await log_in(service, HOME, password="Wrong-Pass-1") == 401
    assert (await service.audit_trail())[-1].client.ip_address == HOME
    assert await log_in(service, HOME, peer=STRANGER, password="Wrong-Pass-1") == 401
    assert (await service.audit_trail())[-1].client.ip_address == STRANGER


@pytest.mark.parametrize(("home", "abroad"), [(HOME, ABROAD), ("2001:db8:1:2::7", "2001:db8:1:3::7")])
async def test_a_new_network_is_that_of_the_client_and_not_of_the_gateway(
    service: Service, home: str, abroad: str
) -> None:
    await service.register()
    await log_in(service, home)
    await service.letters()
    await log_in(service, home, peer="10.99.0.1")
    assert await service.letters() == []
    await log_in(service, abroad)
    letter = await service.letter(MailKind.NEW_LOGIN)
    assert letter.ip_address == abroad


async def test_a_stranger_does_not_come_from_a_network_that_is_known(service: Service) -> None:
    await service.register()
    await log_in(service, HOME)
    await service.letters()
    await log_in(service, HOME, peer=STRANGER)
    letter = await service.letter(MailKind.NEW_LOGIN)
    assert letter.ip_address == STRANGER


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_the_mailbox_is_not_for_those_whom_a_trusted_proxy_on_this_machine_passes_on(
    service: Service, peer: str
) -> None:
    async with client_of(service.app, peer=(peer, 50_000)) as client:
        client.headers["Host"] = "localhost:9090"
        assert (await client.get("/dev/mailbox")).status_code == 200
        for claimed in ("203.0.113.7", "127.0.0.1", "::1", "127.0.0.1, 127.0.0.1", "unknown", ""):
            assert (await client.get("/dev/mailbox", headers={"X-Forwarded-For": claimed})).status_code == 404


@pytest.mark.parametrize("claimed", ["127.0.0.1", "::1", "127.0.0.1:80", "127.0.0.1, 10.0.0.2"])
async def test_nor_does_a_proxy_elsewhere_make_somebody_be_here(service: Service, claimed: str) -> None:
    async with client_of(service.app, peer=(GATEWAY, 50_000)) as client:
        headers = {"Host": "localhost:9090", "X-Forwarded-For": claimed}
        assert (await client.get("/dev/mailbox", headers=headers)).status_code == 404


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({"environment": "production"}, True),
        ({"environment": "production", "trusted_proxies": "10.0.0.0/8"}, False),
        ({"environment": "development"}, False),
    ],
    ids=["none trusted", "some trusted", "development"],
)
async def test_a_service_in_production_says_once_that_it_trusts_no_proxy(
    conninfo: str, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], warned: bool
) -> None:
    warnings: list[str] = []

    def keep(_logger: object, level: str, event: EventDict) -> EventDict:
        if level == "warning":
            warnings.append(event["event"])
        raise structlog.DropEvent

    monkeypatch.setattr("entrypoints.http.app._log", structlog.wrap_logger(None, processors=[keep]))
    async with running(compose_http(conninfo, **settings)) as service:
        await service.client.get("/health/live")
    assert ["TRUSTED_PROXIES" in warning for warning in warnings] == [True] * warned
