"""Each purpose has keys of its own, which are what RFC 5869 says."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from adapters.system.key_ring import KeyRing

CURRENT, REPLACED = "the current key, made up for tests", "a key it replaced, for tests: ä"


def by_hand(master_key: str, label: str) -> bytes:
    """RFC 5869: extract (2.2) without salt, then the first block of expand (2.3), which has all 32 bytes."""
    pseudorandom_key = hmac.new(b"\0" * 32, master_key.encode(), hashlib.sha256).digest()
    return hmac.new(pseudorandom_key, label.encode() + b"\x01", hashlib.sha256).digest()


def test_each_key_is_the_one_of_the_rfc_and_the_current_one_comes_first() -> None:
    ring = KeyRing([CURRENT, REPLACED])
    assert ring.keys("one-time-tokens") == (by_hand(CURRENT, "one-time-tokens"), by_hand(REPLACED, "one-time-tokens"))


def test_a_known_answer() -> None:
    """The third case of RFC 5869, appendix A.3: no salt and no info. Its key is text by chance."""
    (key,) = KeyRing(["\x0b" * 22]).keys("")
    assert key.hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"


def test_no_label_gives_the_keys_of_another() -> None:
    ring = KeyRing([CURRENT, REPLACED])
    keys = [key for label in ("", "mails", "mails ", "Mails", "märz") for key in ring.keys(label)]
    assert len(set(keys)) == 10
    assert {len(key) for key in keys} == {32}


def test_the_same_label_gives_the_same_keys_in_every_process() -> None:
    assert KeyRing([CURRENT]).keys("mails") == KeyRing((CURRENT,)).keys("mails")


def test_keys_are_not_shown() -> None:
    ring = KeyRing([CURRENT, REPLACED])
    assert f"{ring!r} {ring}" == "KeyRing(2 keys, hidden) KeyRing(2 keys, hidden)"


@pytest.mark.parametrize("master_keys", [[], [""], [CURRENT, ""]])
def test_an_empty_key_is_none(master_keys: list[str]) -> None:
    with pytest.raises(ValueError, match="needs a master key") as caught:
        KeyRing(master_keys)
    assert CURRENT not in str(caught.value)
