"""The keys of the service, all derived from one secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY_BYTES = 32


class KeyRing:
    """Gives each purpose a key of its own, so that what one of them gives away opens nothing else.

    HKDF-SHA-256 (RFC 5869) without salt, the label being its `info`. `master_keys` begins with the current secret;
    those it replaced follow. They have to be random already: this is no way to make a key of a password.
    """

    def __init__(self, master_keys: Sequence[str]) -> None:
        if not master_keys or not all(master_keys):
            raise ValueError("A key ring needs a master key, and none that is empty.")
        self._master_keys = tuple(key.encode() for key in master_keys)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._master_keys)} keys, hidden)"

    def keys(self, label: str) -> tuple[bytes, ...]:
        """The keys for one purpose: 32 bytes each, the current one first. The same label gives the same keys."""
        return tuple(
            HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=label.encode()).derive(master_key)
            for master_key in self._master_keys
        )
