"""Whoever hands out or honours a token asks `policies.access` first: no use case gets around it.

So does whoever sets another password, which is a way in by the next login.
"""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import World
from user_domain import steps, use_cases
from user_domain.entities.user import User
from user_domain.errors import AccessDenied
from user_domain.policies.access import AccessPolicy
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, token_claims
from user_domain.testing.in_memory import InMemoryAccessTokenCodec
from user_domain.use_cases.administration.explain_access import ExplainAccess
from user_domain.use_cases.administration.list_users import ListUsers
from user_domain.use_cases.authentication.authenticate import Authenticate
from user_domain.use_cases.authentication.log_in import LogIn, LogInCommand
from user_domain.use_cases.authentication.refresh_session import RefreshSession
from user_domain.use_cases.passwords.change_password import ChangePassword, ChangePasswordCommand
from user_domain.use_cases.passwords.reset_password import ResetPassword, ResetPasswordCommand
from user_domain.use_cases.profile.confirm_email_change import ConfirmEmailChange
from user_domain.value_objects.access_token import AccessTokenClaims
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.refresh_token import RefreshToken

MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(use_cases.__path__, f"{use_cases.__name__}.")
]
STEPS = [importlib.import_module(module.name) for module in pkgutil.walk_packages(steps.__path__, f"{steps.__name__}.")]

# --- As it is written -----------------------------------------------------------------------------------------------


def calls(source: str) -> set[str]:
    """What a module calls, as written: `self._access.denials`, `self._access_tokens.issue` …"""
    return {ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)}


def opens_a_way_in(source: str) -> bool:
    ways_in = (".issue", "sessions.add", "session_start.start", "refreshes.advance", "set_password_hash")
    return any(call.endswith(ways_in) for call in calls(source))


def asks_the_policy(source: str) -> bool:
    return "self._access.denials" in calls(source)


def test_every_use_case_that_issues_tokens_starts_sessions_or_sets_passwords_asks_the_policy() -> None:
    sources = {module.__name__: inspect.getsource(module) for module in MODULES}
    ways_in = {name for name, source in sources.items() if opens_a_way_in(source)}
    known = {LogIn, RefreshSession, ChangePassword, ResetPassword}
    assert {use_case.__module__ for use_case in known} <= ways_in
    # A reset lifts what the person can mend, and stops at the rest: it asks for the locks among the denials.
    assert {name for name in ways_in if not asks_the_policy(sources[name])} == {ResetPassword.__module__}
    assert "self._access.locks" in calls(sources[ResetPassword.__module__])


@pytest.mark.parametrize(
    "call",
    [
        "self._access_tokens.issue(self._claims())",
        "self._session_tokens.issue(user, session, generation=0, at=now)",
        "self._session_start.start(work, holder, at=now, client=client)",
        "self._refreshes.advance(token, self._terms(now))",
        "work.sessions.add(session)",
    ],
)
def test_such_a_use_case_would_be_found_if_it_did_not_ask(call: str) -> None:
    backdoor = f"class BackDoor:\n    async def execute(self): return {call}"
    assert opens_a_way_in(backdoor)
    assert not asks_the_policy(backdoor)
    assert asks_the_policy(f"{backdoor} if not self._access.denials(user, at=now) else None")


def test_of_the_steps_only_those_start_sessions_or_issue_tokens_whose_users_are_tried_below() -> None:
    opening = {
        module.__name__.rpartition(".")[2]
        for module in STEPS
        if any(call.endswith(("tokens.issue", "sessions.add")) for call in calls(inspect.getsource(module)))
    }
    # The postbox issues what is mailed; whoever redeems that is a use case of its own.
    assert opening == {"session_start", "session_tokens", "postbox"}


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
    world.access_tokens = NoTokens()
    await world.log_in().execute(command)


async def refresh(world: World, user: User) -> None:
    session = await world.with_session(user)
    world.access_tokens = NoTokens()
    token = world.refresh_tokens.issue(RefreshToken(session.handle, 0))
    await world.refresh_session().execute(refresh_token=token, client=CLIENT)


async def repeat_a_refresh(world: World, user: User) -> None:
    session = await world.with_session(user)
    sessions = world.database.committed.sessions
    sessions[session.handle] = replace(sessions[session.handle], refresh_generation=1)
    world.access_tokens = NoTokens()
    token = world.refresh_tokens.issue(RefreshToken(session.handle, 0))
    await world.refresh_session().execute(refresh_token=token, client=CLIENT)


async def authenticate(world: World, user: User) -> None:
    session = await world.with_session(user)
    claims = token_claims(user_id=user.id, session=session.handle, expires_at=NOW + timedelta(hours=1))
    await world.authenticate().execute(world.access_tokens.issue(claims), client=CLIENT)


async def change_password(world: World, user: User) -> None:
    login = await world.with_login(user)
    command = ChangePasswordCommand(login=login, current_password=PASSWORD, new_password="Another-1234", client=CLIENT)
    await world.change_password().execute(command)


async def reset_password(world: World, user: User) -> None:
    command = ResetPasswordCommand(token=await world.forgets(user.email), new_password="Another-1234", client=CLIENT)
    await world.reset_password().execute(command)


async def confirm_email_change(world: World, user: User) -> None:
    token = await world.wants(user, EmailAddress("another@example.com"))
    await world.confirm_email_change().execute(token=token, client=CLIENT)


WAYS_IN: dict[type, Callable[[World, User], Awaitable[None]]] = {
    LogIn: log_in,
    RefreshSession: refresh,
    Authenticate: authenticate,
    ChangePassword: change_password,
    ResetPassword: reset_password,
    ConfirmEmailChange: confirm_email_change,
}
MAILED = {ResetPassword, ConfirmEmailChange}  # a mailed token lifts the other reasons, or has nothing to do with them


@pytest.mark.parametrize("way_in", WAYS_IN, ids=lambda way_in: way_in.__name__)
async def test_whatever_the_policy_says_counts(world: World, way_in: type, monkeypatch: pytest.MonkeyPatch) -> None:
    def curfew(policy: AccessPolicy, user: User, **_: Any) -> tuple[AccessDenied, ...]:
        return (Curfew(),)

    user = await world.with_user()
    if way_in is ConfirmEmailChange:  # asking for it is refused as well, so that came before
        asked = await world.wants(user, EmailAddress("another@example.com"))
        monkeypatch.setattr(World, "wants", lambda *_: _answered(asked))
    monkeypatch.setattr(AccessPolicy, "locks" if way_in in MAILED else "denials", curfew)
    with pytest.raises(Curfew):
        await WAYS_IN[way_in](world, user)
    assert world.user(user.id).email == user.email
    assert await world.password_is(user.id, PASSWORD)


async def test_nor_does_a_token_that_is_repeated_get_around_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    user = await world.with_user()
    monkeypatch.setattr(AccessPolicy, "denials", lambda *_, **__: (Curfew(),))
    with pytest.raises(Curfew):
        await repeat_a_refresh(world, user)


async def test_without_it_each_of_these_would_get_tokens(world: World) -> None:
    """The proof above would prove nothing if something else kept these out."""
    user = await world.with_user()
    for way_in in (log_in, refresh, repeat_a_refresh):
        with pytest.raises(pytest.fail.Exception, match="a token was issued"):
            await way_in(world, user)


async def _answered(token: str) -> str:
    return token


def test_every_use_case_that_handles_tokens_or_is_given_the_policy_is_tried_above() -> None:
    parts = (
        "AccessTokenCodec",
        "RefreshTokenCodec",
        "SessionTokens",
        "SessionStart",
        "SessionRefreshes",
        "AccessPolicy",
    )
    # Who only tells what the policy says hands out nothing; that it tells what login says is proven with it.
    assert set(use_cases_with(*parts)) == {*WAYS_IN, ExplainAccess, ListUsers}


def use_cases_with(*ports_or_policies: str) -> Iterator[type]:
    for module in MODULES:
        for thing in vars(module).values():
            if inspect.isclass(thing) and thing.__module__ == module.__name__ and hasattr(thing, "execute"):
                parts = {str(part.annotation) for part in inspect.signature(thing).parameters.values()}
                if not parts.isdisjoint(ports_or_policies):
                    yield thing
