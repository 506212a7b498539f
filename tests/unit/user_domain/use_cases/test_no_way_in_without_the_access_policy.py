"""Whoever hands out or honours a token asks `policies.access` first: no use case gets around it."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import World
from user_domain import use_cases
from user_domain.entities.user import User
from user_domain.errors import AccessDenied
from user_domain.policies import access
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, token_claims
from user_domain.testing.in_memory import InMemoryAccessTokenCodec
from user_domain.use_cases.authentication.authenticate import Authenticate
from user_domain.use_cases.authentication.log_in import LogIn, LogInCommand
from user_domain.value_objects.access_token import AccessTokenClaims

MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(use_cases.__path__, f"{use_cases.__name__}.")
]

# --- As it is written -----------------------------------------------------------------------------------------------


def calls(source: str) -> set[str]:
    """What a module calls, as written: `access.denials`, `self._access_tokens.issue` …"""
    return {ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)}


def opens_a_way_in(source: str) -> bool:
    return any(call.endswith((".issue", "sessions.add")) for call in calls(source))


def asks_the_policy(source: str) -> bool:
    return "access.denials" in calls(source)


def test_every_use_case_that_issues_tokens_or_starts_sessions_asks_the_policy() -> None:
    sources = {module.__name__: inspect.getsource(module) for module in MODULES}
    ways_in = {name for name, source in sources.items() if opens_a_way_in(source)}
    assert LogIn.__module__ in ways_in
    assert {name for name in ways_in if not asks_the_policy(sources[name])} == set()


def test_such_a_use_case_would_be_found_if_it_did_not_ask() -> None:
    backdoor = "class BackDoor:\n    async def execute(self): return self._access_tokens.issue(self._claims())"
    assert opens_a_way_in(backdoor)
    assert not asks_the_policy(backdoor)
    assert asks_the_policy(f"{backdoor} if not access.denials(user, at=now) else None")


# --- As it behaves --------------------------------------------------------------------------------------------------


class Curfew(AccessDenied):
    """A reason that no use case can know of."""

    code = "curfew"
    message = "Everybody stays out."


class NoTokens(InMemoryAccessTokenCodec):
    def issue(self, claims: AccessTokenClaims) -> str:
        pytest.fail("a token was issued")


async def log_in(world: World, user: User) -> None:
    command = LogInCommand(email=str(user.email), password=PASSWORD, client=CLIENT)
    await world.log_in(access_tokens=NoTokens()).execute(command)


async def authenticate(world: World, user: User) -> None:
    session = await world.with_session(user)
    claims = token_claims(user_id=user.id, session=session.handle, expires_at=NOW + timedelta(hours=1))
    await world.authenticate().execute(world.access_tokens.issue(claims))


WAYS_IN: dict[type, Callable[[World, User], Awaitable[None]]] = {LogIn: log_in, Authenticate: authenticate}


@pytest.mark.parametrize("way_in", WAYS_IN, ids=lambda way_in: way_in.__name__)
async def test_whatever_the_policy_says_counts(world: World, way_in: type, monkeypatch: pytest.MonkeyPatch) -> None:
    def curfew(user: User, **_: Any) -> tuple[AccessDenied, ...]:
        return (Curfew(),)

    user = await world.with_user()
    monkeypatch.setattr(access, "denials", curfew)
    with pytest.raises(Curfew):
        await WAYS_IN[way_in](world, user)


def test_every_use_case_that_handles_tokens_is_tried_above() -> None:
    assert set(use_cases_with_tokens()) == set(WAYS_IN)


def use_cases_with_tokens() -> Iterator[type]:
    for module in MODULES:
        for thing in vars(module).values():
            if inspect.isclass(thing) and thing.__module__ == module.__name__ and hasattr(thing, "execute"):
                ports = inspect.signature(thing).parameters.values()
                if any("AccessTokenCodec" in str(port.annotation) for port in ports):
                    yield thing
