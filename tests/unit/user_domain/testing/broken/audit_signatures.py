"""Signers that sign less than they say, and verifiers that are content with it."""

from __future__ import annotations

from itertools import count

from user_domain.testing.in_memory import InMemoryAuditSigner, InMemorySignatureVerifier

_numbers = count()

# --- Signers --------------------------------------------------------------------------------------------------------


class SignsForNobody(InMemoryAuditSigner):
    def sign(self, text: bytes) -> bytes:
        return super().sign(text)[::-1]


class SignsAnewEveryTime(InMemoryAuditSigner):
    """As ECDSA does."""

    def sign(self, text: bytes) -> bytes:
        return super().sign(text) + str(next(_numbers)).encode()


class SignsTheBeginning(InMemoryAuditSigner):
    def sign(self, text: bytes) -> bytes:
        return super().sign(text[:1000])


class SignsWithoutAKey(InMemoryAuditSigner):
    def sign(self, text: bytes) -> bytes:
        return InMemoryAuditSigner("everybody").sign(text)


class EveryKeyHasOneName(InMemoryAuditSigner):
    def key_id(self) -> str:
        return "the-key"


class NamesItsKeyInWords(InMemoryAuditSigner):
    def key_id(self) -> str:
        return f"the key\n{self._name}"


# --- Verifiers ------------------------------------------------------------------------------------------------------


class BelievesNothing(InMemorySignatureVerifier):
    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        return False


class BelievesAnything(InMemorySignatureVerifier):
    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        return True


class ForgivesWhitespace(InMemorySignatureVerifier):
    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        stripped = text.strip() + b"\n"
        return super().is_genuine(text, signature, key_id=key_id) or super().is_genuine(
            stripped, signature, key_id=key_id
        )


class ComparesTheBeginning(InMemorySignatureVerifier):
    """Of what is there: nothing at all is the beginning of everything."""

    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        signer = self._signers.get(key_id)
        return signer is not None and signer.sign(text).startswith(signature)


class ComparesHalf(InMemorySignatureVerifier):
    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        signer = self._signers.get(key_id)
        return signer is not None and signer.sign(text)[:32] == signature[:32]


class ChokesOnStrangeKeys(InMemorySignatureVerifier):
    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        return self._signers[key_id].sign(text) == signature


class TriesEveryKey(InMemorySignatureVerifier):
    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        return any(signer.sign(text) == signature for signer in self._signers.values())


class TakesAnySigner(InMemorySignatureVerifier):
    """The key comes with what it signed."""

    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        strange = InMemoryAuditSigner("a strange key")
        if key_id == strange.key_id():
            return strange.sign(text) == signature
        return super().is_genuine(text, signature, key_id=key_id)
