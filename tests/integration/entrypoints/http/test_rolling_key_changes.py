"""Changing SECRET_KEY and MASTER_KEY replica by replica: whatever was made at the one is good at the other."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import bearer, compose_http, next_page, problem, running
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from tests.support.http import Service

OLD = {"secret_key": SECRET_KEY, "master_key": MASTER_KEY}
NEW = {"secret_key": SECRET_KEY[::-1], "master_key": MASTER_KEY[::-1]}


def also(keys: dict[str, str]) -> dict[str, str]:
    """The settings that honour these keys too."""
    return {f"{name}_previous": key for name, key in keys.items()}


BEFORE = OLD
BOTH_KNOWN = OLD | also(NEW)
SWAPPED = NEW | also(OLD)
AFTER = NEW
STEPS = (BEFORE, BOTH_KNOWN, SWAPPED, AFTER)


def replica(conninfo: str, algorithm: str, keys: dict[str, Any]) -> AbstractAsyncContextManager[Service]:
    """A service of its own on the common database."""
    return running(compose_http(conninfo, algorithm=algorithm, **keys))


async def look(service: Service) -> None:
    """What every process does every ten seconds."""
    await service.container.application().tend_signing_keys.execute(starting=False)
    await service.container.key_set().reload()


async def who(service: Service, access_token: str) -> str:
    """Whom it speaks for, or why for nobody."""
    answer = await service.client.get("/auth/me", headers=bearer(access_token))
    said: str = answer.json()["email" if answer.status_code == 200 else "code"]
    return said


async def go_round(here: Service, there: Service, email: str) -> list[str]:
    """Somebody is served by both in turn, from the registration on; the access tokens that were made."""
    await here.register(email=email)
    first = await here.start(email)
    second = await there.go_on(first["refresh_token"])
    third = await here.go_on(second["refresh_token"])
    tokens: list[str] = [pair["access_token"] for pair in (first, second, third)]
    for service in (here, there):
        assert [await who(service, token) for token in tokens] == [email] * 3

    # A link that the one promised and the other mails, followed to the first.
    letter = await there.letter(MailKind.VERIFY_EMAIL)
    assert letter.recipient.value == email
    answer = await here.redeem(TokenPurpose.VERIFY_EMAIL, letter.tokens[TokenPurpose.VERIFY_EMAIL])
    assert answer.status_code == 200, answer.text

    # A list that is begun at the one and read on at the other.
    await here.start(email)
    page = await here.client.get("/auth/sessions", params={"limit": 1}, headers=bearer(tokens[-1]))
    rest = next_page(page)
    assert rest is not None
    assert (await there.client.get(rest, headers=bearer(tokens[-1]))).status_code == 200
    return tokens


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
async def test_in_three_steps_the_keys_change_and_nobody_notices(conninfo: str, algorithm: str) -> None:
    headers = []
    for number, (earlier, later) in enumerate(pairwise(STEPS), start=1):
        async with replica(conninfo, algorithm, earlier) as one, replica(conninfo, algorithm, later) as other:
            await look(one)  # the other may have sealed the private keys anew
            tokens = await go_round(one, other, f"one{number}@example.com")
            await look(other)
            tokens += await go_round(other, one, f"other{number}@example.com")
            headers += [jwt.get_unverified_header(token) for token in tokens]
    assert all(header == headers[0] for header in headers), "one key of the set signs all the time"


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
async def test_a_session_outlives_all_of_them(conninfo: str, algorithm: str) -> None:
    async with replica(conninfo, algorithm, BEFORE) as service:
        await service.register()
        first = await service.start()
    tokens = first
    for keys in (BOTH_KNOWN, SWAPPED):
        async with replica(conninfo, algorithm, keys) as service:
            assert await who(service, first["access_token"]) == "john@example.com"
            tokens = await service.go_on(tokens["refresh_token"])
    async with replica(conninfo, algorithm, AFTER) as service:
        assert await who(service, tokens["access_token"]) == "john@example.com"
        await service.go_on(tokens["refresh_token"])
        # Made before the swap: good under HS256 until the old secret is dropped, else as long as its key.
        expected = "token_invalid" if algorithm == "HS256" else "john@example.com"
        assert await who(service, first["access_token"]) == expected


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
async def test_without_the_first_step_what_is_made_with_the_new_keys_is_refused_by_the_old_ones(
    conninfo: str, algorithm: str
) -> None:
    async with replica(conninfo, algorithm, BEFORE) as old, replica(conninfo, algorithm, SWAPPED) as new:
        await old.register()
        before, after = await old.start(), await new.start()
        assert await who(new, before["access_token"]) == "john@example.com"
        expected = "token_invalid" if algorithm == "HS256" else "john@example.com"
        assert await who(old, after["access_token"]) == expected
        problem(await old.refresh(after["refresh_token"]), 401, "refresh_token_invalid")
        await new.go_on(before["refresh_token"])


async def test_from_hs256_to_a_key_set_and_back_replica_by_replica(conninfo: str) -> None:
    """What is shared is honoured by those that sign with keys, and the key is known before it signs."""
    with_keys = {"secret_key": None, "secret_key_previous": SECRET_KEY}
    async with replica(conninfo, "ES256", {}):
        """It leaves a key, as `user-service keys rotate` does."""
    async with replica(conninfo, "HS256", {}) as one, replica(conninfo, "ES256", with_keys) as other:
        await go_round(one, other, "one@example.com")
        await go_round(other, one, "other@example.com")
        answer = await one.client.get("/.well-known/jwks.json")
        assert len(answer.json()["keys"]) == 1, "published under HS256 too, as long as it is there"
