"""The contract of `SignatureVerifier`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.testing.contracts.contract import Contract

if TYPE_CHECKING:
    from user_domain.ports.audit_signer import AuditSigner
    from user_domain.ports.signature_verifier import SignatureVerifier

TEXT = b"user-service audit seal 1\nnumber: 7\n"


class SignatureVerifierContract(Contract):
    """Needs the fixtures `signatures`; `signer` and `other_signer`, whose keys it knows; and `strange_signer`, whose
    key it does not know.
    """

    def test_signatures_of_every_key_it_knows_are_genuine(
        self, signatures: SignatureVerifier, signer: AuditSigner, other_signer: AuditSigner
    ) -> None:
        for one in (signer, other_signer):
            assert signatures.is_genuine(TEXT, one.sign(TEXT), key_id=one.key_id())
            assert signatures.is_genuine(b"", one.sign(b""), key_id=one.key_id())

    def test_a_text_that_was_altered_is_not(self, signatures: SignatureVerifier, signer: AuditSigner) -> None:
        signature = signer.sign(TEXT)
        altered = [bytes([*TEXT[:place], TEXT[place] ^ 1, *TEXT[place + 1 :]]) for place in range(len(TEXT))]
        for text in [*altered, b"", TEXT + b"\n", b"\n" + TEXT, TEXT[:-1], TEXT + TEXT, TEXT.upper()]:
            assert not signatures.is_genuine(text, signature, key_id=signer.key_id()), text

    def test_a_signature_that_was_altered_is_not(self, signatures: SignatureVerifier, signer: AuditSigner) -> None:
        genuine = signer.sign(TEXT)
        for place in range(len(genuine)):
            for bit in (1, 128):
                altered = bytes([*genuine[:place], genuine[place] ^ bit, *genuine[place + 1 :]])
                assert not signatures.is_genuine(TEXT, altered, key_id=signer.key_id()), (place, bit)

    def test_what_is_no_signature_at_all_is_not(self, signatures: SignatureVerifier, signer: AuditSigner) -> None:
        genuine = signer.sign(TEXT)
        lengths = [b"", genuine[:-1], genuine[:32], genuine + b"\x00", genuine + genuine, b"\x00" + genuine]
        garbage = [bytes(len(genuine)), b"\xff" * len(genuine), b"x", b"x" * 10_000, TEXT, genuine[::-1]]
        for signature in [*lengths, *garbage]:
            assert not signatures.is_genuine(TEXT, signature, key_id=signer.key_id()), signature

    def test_a_key_that_is_not_known_signs_for_nobody(
        self, signatures: SignatureVerifier, signer: AuditSigner, strange_signer: AuditSigner
    ) -> None:
        for key_id in (strange_signer.key_id(), signer.key_id(), "", "\n", "no such key"):
            assert not signatures.is_genuine(TEXT, strange_signer.sign(TEXT), key_id=key_id)

    def test_a_signature_is_genuine_under_the_name_of_its_own_key_only(
        self, signatures: SignatureVerifier, signer: AuditSigner, other_signer: AuditSigner, strange_signer: AuditSigner
    ) -> None:
        signature, key_id = signer.sign(TEXT), signer.key_id()
        for name in (other_signer.key_id(), strange_signer.key_id(), "", key_id[:-1], key_id + "0", key_id.swapcase()):
            if name != key_id:
                assert not signatures.is_genuine(TEXT, signature, key_id=name), name
