"""The tokens of a session: an access token, and the refresh token of a generation."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import ACCESS_TOKEN_LIFETIME, World
from user_domain.entities.session import NewSession, Session
from user_domain.testing.builders import NOW, a_new_session, a_session, a_user
from user_domain.testing.in_memory import InMemoryAccessTokenCodec
from user_domain.value_objects.access_token import AccessTokenClaims, TokenSubject
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.refresh_token import RefreshToken

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)

each_session = pytest.mark.parametrize("session", [a_new_session(UserId(7)), a_session()], ids=["new", "stored"])


class RecordingCodec(InMemoryAccessTokenCodec):
    def __init__(self) -> None:
        super().__init__()
        self.issued: list[AccessTokenClaims] = []

    def issue(self, claims: AccessTokenClaims) -> str:
        self.issued.append(claims)
        return super().issue(claims)


@each_session
@pytest.mark.parametrize("generation", [0, 1, 77])
def test_both_speak_for_the_session_and_the_refresh_token_for_its_generation(
    world: World, session: NewSession | Session, generation: int
) -> None:
    user = a_user()
    pair = world.session_tokens.issue(user, session, generation=generation, at=NOW)
    assert world.access_tokens.read(pair.access_token, at=NOW) == TokenSubject(user.id, session.handle)
    assert world.refresh_tokens.read(pair.refresh_token) == RefreshToken(session.handle, generation)


@pytest.mark.parametrize(
    ("remaining", "expires_in"),
    [
        (30 * DAY, ACCESS_TOKEN_LIFETIME),
        (ACCESS_TOKEN_LIFETIME, ACCESS_TOKEN_LIFETIME),
        (ACCESS_TOKEN_LIFETIME - MOMENT, ACCESS_TOKEN_LIFETIME - MOMENT),
        (MOMENT, MOMENT),
    ],
    ids=str,
)
def test_it_is_told_for_how_long_either_is_good(world: World, remaining: timedelta, expires_in: timedelta) -> None:
    world.access_tokens = codec = RecordingCodec()
    at = NOW + DAY
    pair = world.session_tokens.issue(a_user(), a_session(expires_at=at + remaining), generation=0, at=at)
    assert (pair.expires_in, pair.refresh_expires_in) == (expires_in, remaining)
    assert codec.issued[0].expires_at == at + expires_in


def test_the_policy_says_how_long_an_access_token_is_good(world: World) -> None:
    world.session_policy = replace(world.session_policy, access_token=timedelta(minutes=7))
    pair = world.session_tokens.issue(a_user(), a_session(), generation=0, at=NOW)
    assert pair.expires_in == timedelta(minutes=7)


def test_asked_again_the_refresh_token_is_the_same_and_the_access_token_has_a_name_of_its_own(world: World) -> None:
    world.access_tokens = codec = RecordingCodec()
    user, session = a_user(), a_session()
    first, second = [world.session_tokens.issue(user, session, generation=3, at=NOW) for _ in range(2)]
    assert first.refresh_token == second.refresh_token
    assert len({claims.token_id for claims in codec.issued}) == 2
