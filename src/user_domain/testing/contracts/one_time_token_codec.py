"""The contract of `OneTimeTokenCodec`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.ids import OneTimeTokenId
from user_domain.value_objects.one_time_token import digest

if TYPE_CHECKING:
    from user_domain.ports.one_time_token_codec import OneTimeTokenCodec

ID = OneTimeTokenId("0123456789abcdef" * 2)
SIMILAR_IDS = [OneTimeTokenId(f"{number:032x}") for number in range(1000)]


class OneTimeTokenCodecContract(Contract):
    """Needs a fixture `tokens`, and a fixture `later_tokens`: the same after its key was replaced."""

    def test_the_same_id_gives_the_same_token(self, tokens: OneTimeTokenCodec) -> None:
        assert tokens.derive(ID) == tokens.derive(ID)

    def test_no_other_id_gives_the_same_token(self, tokens: OneTimeTokenCodec) -> None:
        assert len({tokens.derive(token_id) for token_id in SIMILAR_IDS}) == len(SIMILAR_IDS)

    def test_a_token_can_stand_in_a_url_and_has_room_for_128_bits(self, tokens: OneTimeTokenCodec) -> None:
        for token_id in SIMILAR_IDS:
            assert re.fullmatch(r"[A-Za-z0-9_-]{22,128}", tokens.derive(token_id))  # 6 bits each (RFC 4648 5)

    def test_a_token_is_derived_again_for_its_digest(self, tokens: OneTimeTokenCodec) -> None:
        token = tokens.derive(ID)
        assert tokens.derive_again(ID, digest(token)) == token

    def test_a_digest_of_something_else_gives_nothing(self, tokens: OneTimeTokenCodec) -> None:
        token = tokens.derive(ID)
        similar = digest(token)[:-1] + bytes([digest(token)[-1] ^ 1])
        for other in (digest(tokens.derive(SIMILAR_IDS[0])), similar, digest(token)[:-1], token.encode(), b""):
            assert tokens.derive_again(ID, other) is None

    def test_a_key_that_was_replaced_gives_its_tokens_again(
        self, tokens: OneTimeTokenCodec, later_tokens: OneTimeTokenCodec
    ) -> None:
        token = tokens.derive(ID)
        assert later_tokens.derive_again(ID, digest(token)) == token

    def test_a_key_that_was_replaced_gives_no_new_tokens(
        self, tokens: OneTimeTokenCodec, later_tokens: OneTimeTokenCodec
    ) -> None:
        assert later_tokens.derive(ID) != tokens.derive(ID)
        assert later_tokens.derive_again(ID, digest(later_tokens.derive(ID))) == later_tokens.derive(ID)

    def test_a_key_that_is_not_known_gives_nothing(
        self, tokens: OneTimeTokenCodec, later_tokens: OneTimeTokenCodec
    ) -> None:
        assert tokens.derive_again(ID, digest(later_tokens.derive(ID))) is None
