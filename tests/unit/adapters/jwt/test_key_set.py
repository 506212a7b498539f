"""What a process knows of the signing keys, and from when on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from adapters.jwt.signing_key_maker import CryptographySigningKeyMaker
from tests.unit.adapters.jwt.keys import MONTH, SEAL, TOKEN_LIFETIME, Keys
from user_domain.entities.signing_key import SKEW
from user_domain.errors import StorageUnavailable
from user_domain.testing.builders import NOW, a_signing_key
from user_domain.testing.in_memory import InMemorySigningKeyQueries

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey

HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
END = NOW - HOUR + MONTH + TOKEN_LIFETIME + SKEW


@pytest.fixture
def keys() -> Keys:
    return Keys()


class Away(InMemorySigningKeyQueries):
    async def all(self) -> list[SigningKey]:
        raise StorageUnavailable


async def test_before_the_first_look_nobody_can_tell(keys: Keys) -> None:
    before = keys.key_set.is_loaded
    for ask in (keys.key_set.signer, keys.key_set.published, lambda at: keys.key_set.verifier("x", at)):
        with pytest.raises(StorageUnavailable):
            ask(NOW)
    await keys.key_set.reload()
    assert (before, keys.key_set.is_loaded) == (False, True)
    assert keys.key_set.published(NOW) == []
    assert keys.key_set.verifier("x", NOW) is None


async def test_who_signs_with_a_shared_secret_publishes_none_before_the_first_look_and_then_what_is_left(
    keys: Keys,
) -> None:
    left = await keys.add("ES256")
    process = keys.known_to(keys.maker, algorithm=None)
    assert process.published(NOW) == []
    with pytest.raises(StorageUnavailable):
        process.verifier(left.id, NOW)
    await process.reload()
    assert [it["kid"] for it in process.published(NOW)] == [left.id]


async def test_without_a_key_that_signs_nothing_can_be_signed_and_that_is_logged(keys: Keys) -> None:
    await keys.add("ES256", begins=MOMENT)
    with capture_logs() as logs, pytest.raises(StorageUnavailable):
        keys.key_set.signer(NOW)
    assert [log["log_level"] for log in logs] == ["error"]
    assert keys.key_set.signer(NOW + MOMENT)


async def test_the_newest_key_that_may_signs_whatever_its_algorithm(keys: Keys) -> None:
    old, young = await keys.add("ES256"), await keys.add("EdDSA", begins=HOUR)
    assert keys.key_set.signer(NOW)[0].id == old.id
    known, private = keys.key_set.signer(NOW + HOUR)
    assert (known.id, known.algorithm) == (young.id, "EdDSA")
    assert private is keys.maker.open(young)


async def test_a_key_is_published_and_honoured_from_the_beginning_until_its_tokens_are_gone(keys: Keys) -> None:
    key = await keys.add("ES256", begins=-HOUR)
    for at in (NOW - 100 * HOUR, NOW, END - MOMENT):
        assert [it["kid"] for it in keys.key_set.published(at)] == [key.id]
        assert keys.key_set.verifier(key.id, at) is not None
    assert keys.key_set.published(END) == []
    assert keys.key_set.verifier(key.id, END) is None


@pytest.mark.parametrize("kid", ["", "x", None, 1, ["x"], {}, True])
async def test_what_names_no_key_finds_none(keys: Keys, kid: object) -> None:
    await keys.add("ES256")
    assert keys.key_set.verifier(kid, NOW) is None


async def test_a_key_that_is_not_known_is_told_of_and_others_are_not(keys: Keys) -> None:
    with pytest.raises(StorageUnavailable):
        keys.key_set.verifier("x", NOW)
    key = await keys.add("ES256")
    for kid, at in [(key.id, NOW), (key.id, END + HOUR), (None, NOW), (["x"], NOW)]:
        keys.key_set.verifier(kid, at)
    assert keys.asked_for_unknown == 0
    keys.key_set.verifier("x", NOW)
    keys.key_set.verifier("x", NOW)
    assert keys.asked_for_unknown == 2


async def test_what_has_changed_is_known_after_the_next_look_and_not_before(keys: Keys) -> None:
    first = await keys.add("ES256")
    other_process = keys.known_to(CryptographySigningKeyMaker(keys=[SEAL]))
    await other_process.reload()
    second = await keys.add("ES256", begins=HOUR)
    assert other_process.verifier(second.id, NOW) is None
    await other_process.reload()
    assert other_process.verifier(second.id, NOW) is not None
    assert other_process.signer(NOW + HOUR)[0].id == second.id
    await keys.remove(first)
    await other_process.reload()
    assert other_process.verifier(first.id, NOW) is None


async def test_a_look_that_finds_nothing_new_changes_nothing(keys: Keys) -> None:
    key = await keys.add("ES256")
    generation, known = keys.key_set.generation, keys.key_set.verifier(key.id, NOW)
    await keys.key_set.reload()
    assert keys.key_set.generation == generation
    assert keys.key_set.verifier(key.id, NOW) is known
    await keys.store(key.retired_by(NOW))
    assert keys.key_set.generation == generation + 1


async def test_the_private_half_of_a_key_that_is_gone_is_kept_nowhere(keys: Keys) -> None:
    gone, kept = await keys.add("ES256"), await keys.add("ES256")
    process = CryptographySigningKeyMaker(keys=[SEAL])
    key_set = keys.known_to(process)
    await key_set.reload()
    await keys.remove(gone)
    await key_set.reload()
    later = CryptographySigningKeyMaker(
        keys=[bytes([7]) * 32, SEAL]
    )  # what it seals is open to who has it open already
    resealed = [key.sealed_as(later.reseal(key) or b"") for key in (gone, kept)]
    assert [process.open(key) is not None for key in resealed] == [False, True]


async def test_while_the_database_is_away_what_was_known_stays(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await keys.add("ES256")
    monkeypatch.setattr(keys.key_set, "_queries", Away(keys.database))
    with pytest.raises(StorageUnavailable):
        await keys.key_set.reload()
    assert keys.key_set.signer(NOW)[0].id == key.id


async def test_a_key_that_cannot_be_opened_verifies_and_another_one_signs(keys: Keys) -> None:
    lost, mine = await keys.add("ES256", begins=-HOUR / 2), await keys.add("ES256", begins=-HOUR)
    stranger = CryptographySigningKeyMaker(keys=[bytes([7]) * 32])
    sealed_elsewhere = (await stranger.make("ES256")).sealed_private_key
    await keys.store(replace(lost, sealed_private_key=sealed_elsewhere))
    process = keys.known_to(CryptographySigningKeyMaker(keys=[SEAL]))
    with capture_logs() as logs:
        await process.reload()
        await keys.store(mine.retired_by(NOW + HOUR))
        await process.reload()
    (complaint,) = [log for log in logs if log["log_level"] == "error"]  # once, not at every look
    assert complaint["kid"] == lost.id
    assert "MASTER_KEY_PREVIOUS" in complaint["event"]
    assert process.signer(NOW)[0].id == mine.id
    assert process.verifier(lost.id, NOW) is not None
    assert len(process.published(NOW)) == 2


async def test_a_key_of_a_newer_release_is_left_to_it_and_published_all_the_same(keys: Keys) -> None:
    newer = a_signing_key(algorithm="ML-DSA-65", activates_at=NOW - MOMENT)
    await keys.store(newer)
    old = await keys.add("ES256")
    assert keys.key_set.signer(NOW)[0].id == old.id
    assert keys.key_set.verifier(newer.id, NOW) is None
    assert {it["kid"] for it in keys.key_set.published(NOW)} == {old.id, newer.id}


async def test_nothing_private_is_shown(keys: Keys) -> None:
    for algorithm in ("ES256", "EdDSA", "RS256"):
        await keys.add(algorithm)
    for published in keys.key_set.published(NOW):
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(published)
    assert "PrivateKey" not in repr(keys.key_set.signer(NOW)[0])
