"""What an access token says, and for how long."""

from datetime import timedelta

import pytest

from user_domain.entities.session import NewSession, Session
from user_domain.policies import access_token
from user_domain.testing.builders import NOW, a_new_session, a_session, a_user
from user_domain.value_objects.access_token import AccessTokenClaims
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.role import Role

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("session", [a_new_session(UserId(7)), a_session()], ids=["new", "stored"])
def test_says_whose_it_is_and_which_session_it_lives_and_dies_with(session: NewSession | Session) -> None:
    user = a_user(role=Role.ADMIN)
    assert access_token.claims(user, session, token_id="t-1", lifetime=HOUR, at=NOW) == AccessTokenClaims(
        token_id="t-1",
        user_id=user.id,
        session=session.handle,
        email=user.email,
        name=user.name,
        role=Role.ADMIN,
        issued_at=NOW,
        expires_at=NOW + HOUR,
    )


@pytest.mark.parametrize(
    ("remaining", "good_for"),
    [(2 * HOUR, HOUR), (HOUR + MOMENT, HOUR), (HOUR, HOUR), (HOUR - MOMENT, HOUR - MOMENT), (MOMENT, MOMENT)],
    ids=str,
)
def test_is_never_good_for_longer_than_the_session(remaining: timedelta, good_for: timedelta) -> None:
    session = a_session(expires_at=NOW + remaining)
    claims = access_token.claims(a_user(), session, token_id="t-1", lifetime=HOUR, at=NOW)
    assert claims.expires_at - claims.issued_at == good_for
