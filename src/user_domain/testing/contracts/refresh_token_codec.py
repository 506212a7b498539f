"""The contract of `RefreshTokenCodec`."""

from __future__ import annotations

import re
import string
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from user_domain.errors import RefreshTokenInvalid
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.ids import SessionHandle
from user_domain.value_objects.refresh_token import RefreshToken

if TYPE_CHECKING:
    from user_domain.ports.refresh_token_codec import RefreshTokenCodec

HANDLE = SessionHandle("0123456789abcdef" * 2)
HANDLES = [SessionHandle(text) for text in (HANDLE, "0" * 32, "f" * 32, HANDLE[::-1])]
GENERATIONS = [0, 1, 9, 10, 127, 128, 255, 256, 65_535, 65_536, 999_999_999, 1_000_000_000, 2**31 - 1]
TOKEN = RefreshToken(HANDLE, 7)
SIMILAR = [
    *(RefreshToken(SessionHandle(f"{number:032x}"), 7) for number in range(500)),
    *(RefreshToken(HANDLE, generation) for generation in range(500)),
]
NONSENSE = {
    "nothing": "",
    "a space": " ",
    "NUL": "\0",
    "dots": "a.b.c",
    "padding": "=" * 72,
    "no bits": "A" * 70,
    "other no bits": "-" * 70,
    "all bits": "_" * 70,
    "too short": "A" * 69,
    "too long": "A" * 71,
    "not ASCII": "é" * 70,
    "digits of another script": "٣" * 70,
    "a lone surrogate": "\ud800",
    "lone surrogates": "\udcff" * 70,
    "a megabyte": "A" * 1_000_000,
    "a megabyte that is not ASCII": "\U0001f600" * 250_000,
    "a handle": HANDLE,
    "a handle and a generation": f"{HANDLE}-7",
}
"""What no codec writes, whatever it is built of."""


def _refuses(codec: RefreshTokenCodec, text: str) -> bool:
    try:
        codec.read(text)
    except RefreshTokenInvalid:
        return True
    return False


class RefreshTokenCodecContract(Contract):
    """Needs a fixture `refresh_tokens`, and a fixture `later_refresh_tokens`: the same after its key was replaced."""

    def test_it_reads_what_it_wrote(self, refresh_tokens: RefreshTokenCodec) -> None:
        for handle in HANDLES:
            for generation in GENERATIONS:
                token = RefreshToken(handle, generation)
                assert refresh_tokens.read(refresh_tokens.issue(token)) == token

    def test_the_same_token_gives_the_same_text(self, refresh_tokens: RefreshTokenCodec) -> None:
        assert refresh_tokens.issue(TOKEN) == refresh_tokens.issue(RefreshToken(HANDLE, 7))

    def test_no_other_token_gives_the_same_text(self, refresh_tokens: RefreshTokenCodec) -> None:
        assert len({refresh_tokens.issue(token) for token in SIMILAR}) == len(set(SIMILAR))

    def test_a_text_can_stand_in_a_url_and_has_room_for_128_bits_besides_what_it_says(
        self, refresh_tokens: RefreshTokenCodec
    ) -> None:
        for token in SIMILAR:
            assert re.fullmatch(r"[A-Za-z0-9_-]{48,128}", refresh_tokens.issue(token))  # 6 bits each (RFC 4648 5)

    def test_a_text_with_any_other_character_in_it_is_invalid(self, refresh_tokens: RefreshTokenCodec) -> None:
        text = refresh_tokens.issue(TOKEN)
        for place, there in enumerate(text):
            for other in set(string.ascii_letters + string.digits + "-_+/=. é\ud800") - {there}:
                altered = text[:place] + other + text[place + 1 :]
                assert _refuses(refresh_tokens, altered), (place, other)

    def test_a_text_that_is_longer_or_shorter_is_invalid(self, refresh_tokens: RefreshTokenCodec) -> None:
        text = refresh_tokens.issue(TOKEN)
        for end in range(len(text)):
            assert _refuses(refresh_tokens, text[:end])
            assert _refuses(refresh_tokens, text[end + 1 :])
        for more in ("A", "=", "==", " ", "\n", "\0", ".", "é", text):
            for altered in (text + more, more + text, text[:40] + more + text[40:]):
                assert _refuses(refresh_tokens, altered), more

    def test_there_is_one_way_to_write_a_token(self, refresh_tokens: RefreshTokenCodec) -> None:
        """Or a list of texts that are not good any more would miss some."""
        for token in SIMILAR[::10]:
            text = refresh_tokens.issue(token)
            spellings = {text.upper(), text.lower(), text.swapcase(), text.replace("-", "+").replace("_", "/")}
            assert all(_refuses(refresh_tokens, spelling) for spelling in spellings - {text})

    def test_two_texts_make_no_third(self, refresh_tokens: RefreshTokenCodec) -> None:
        text = refresh_tokens.issue(TOKEN)
        for handle, generation in ((HANDLE, 8), (HANDLES[1], 7), (HANDLES[1], 8)):
            other = refresh_tokens.issue(RefreshToken(handle, generation))
            places = range(len(text) + 1)
            mixed = {text[:start] + other[start:end] + text[end:] for start, end in combinations(places, 2)}
            assert [third for third in mixed - {text, other} if not _refuses(refresh_tokens, third)] == []

    @pytest.mark.parametrize("kind", NONSENSE)
    def test_nonsense_is_invalid(self, refresh_tokens: RefreshTokenCodec, kind: str) -> None:
        with pytest.raises(RefreshTokenInvalid):
            refresh_tokens.read(NONSENSE[kind])

    def test_a_text_is_read_after_its_key_was_replaced(
        self, refresh_tokens: RefreshTokenCodec, later_refresh_tokens: RefreshTokenCodec
    ) -> None:
        assert later_refresh_tokens.read(refresh_tokens.issue(TOKEN)) == TOKEN

    def test_a_key_that_was_replaced_writes_nothing_more(
        self, refresh_tokens: RefreshTokenCodec, later_refresh_tokens: RefreshTokenCodec
    ) -> None:
        assert later_refresh_tokens.issue(TOKEN) != refresh_tokens.issue(TOKEN)
        assert later_refresh_tokens.read(later_refresh_tokens.issue(TOKEN)) == TOKEN

    def test_a_text_under_a_key_that_is_not_known_is_invalid(
        self, refresh_tokens: RefreshTokenCodec, later_refresh_tokens: RefreshTokenCodec
    ) -> None:
        with pytest.raises(RefreshTokenInvalid):
            refresh_tokens.read(later_refresh_tokens.issue(TOKEN))
