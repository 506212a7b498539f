"""The signing key: published, signing, retired, gone."""

from datetime import timedelta

import pytest

from user_domain.entities.signing_key import SKEW, KeyPair, KeyState, SigningKey
from user_domain.testing.builders import NOW, a_signing_key
from user_domain.value_objects.ids import KeyId

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
KEY = a_signing_key(activates_at=NOW, retires_at=NOW + HOUR, created_at=NOW - HOUR)


def test_a_pair_becomes_a_key_with_a_time_of_its_own() -> None:
    pair = KeyPair(id=KeyId("k"), algorithm="ES256", public_jwk="{}", sealed_private_key=b"sealed")
    key = SigningKey.admit(pair, at=NOW, activates_at=NOW + HOUR, signs_for=2 * HOUR)
    assert (key.created_at, key.activates_at, key.retires_at) == (NOW, NOW + HOUR, NOW + 3 * HOUR)
    assert (key.id, key.algorithm, key.public_jwk, key.sealed_private_key) == ("k", "ES256", "{}", b"sealed")


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (NOW - HOUR, KeyState.PUBLISHED),
        (NOW - MOMENT, KeyState.PUBLISHED),
        (NOW, KeyState.SIGNING),
        (NOW + HOUR - MOMENT, KeyState.SIGNING),
        (NOW + HOUR, KeyState.RETIRED),
        (NOW + 100 * HOUR, KeyState.RETIRED),
    ],
)
def test_it_signs_from_the_moment_it_begins_until_the_one_it_retires(at: object, state: KeyState) -> None:
    assert KEY.state(at) is state  # type: ignore[arg-type]  # a moment
    assert KEY.signs(at) == (state is KeyState.SIGNING)  # type: ignore[arg-type]  # the same


def test_its_tokens_are_honoured_until_the_last_of_them_has_expired_by_any_clock() -> None:
    assert KEY.honoured_until(HOUR / 2) == KEY.retires_at + HOUR / 2 + SKEW
    assert timedelta(minutes=1) <= SKEW


def test_it_can_retire_earlier_but_not_later() -> None:
    assert KEY.retired_by(NOW + MOMENT).retires_at == NOW + MOMENT
    assert KEY.retired_by(KEY.retires_at + MOMENT) == KEY
    assert KEY.retired_by(NOW - MOMENT).state(NOW - MOMENT) is KeyState.PUBLISHED, "it will never sign"


def test_it_shows_nothing_of_its_private_half() -> None:
    assert "sealed" not in repr(KEY)
    assert KEY.sealed_as(b"anew") == KEY.sealed_as(b"anew")
    assert KEY.sealed_as(b"anew").sealed_private_key == b"anew"
