"""The contract of `AuditSigner`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from user_domain.testing.contracts.contract import Contract

if TYPE_CHECKING:
    from user_domain.ports.audit_signer import AuditSigner
    from user_domain.ports.signature_verifier import SignatureVerifier

TEXTS = [b"", b"a text\n", b"a text", bytes(range(256)), b"long " * 1000, b"long " * 1000 + b"!"]


class AuditSignerContract(Contract):
    """Needs the fixtures `signer`; `other_signer`, which has another key; and `signatures`, which knows both."""

    def test_what_is_signed_is_genuine(self, signer: AuditSigner, signatures: SignatureVerifier) -> None:
        for text in TEXTS:
            assert signatures.is_genuine(text, signer.sign(text), key_id=signer.key_id())

    def test_the_same_text_has_the_same_signature_and_another_another(self, signer: AuditSigner) -> None:
        signed = [signer.sign(text) for text in TEXTS]
        assert [signer.sign(text) for text in TEXTS] == signed
        assert len(set(signed)) == len(TEXTS)

    def test_another_key_signs_otherwise(self, signer: AuditSigner, other_signer: AuditSigner) -> None:
        for text in TEXTS:
            assert signer.sign(text) != other_signer.sign(text)

    def test_a_key_has_a_name_of_its_own_which_is_one_word(
        self, signer: AuditSigner, other_signer: AuditSigner
    ) -> None:
        """It stands on a line of what is signed."""
        assert signer.key_id() == signer.key_id() != other_signer.key_id()
        for one in (signer, other_signer):
            assert re.fullmatch(r"[!-~]{1,64}", one.key_id())
