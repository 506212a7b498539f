"""What identifies people in the audit trail, made unreadable for whoever lacks the keys."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import os
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from user_domain.entities.audit_entry import FieldChange
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

_NONCE_BYTES = 12
"""NIST SP 800-38D 8.2.2, at random: 2^32 entries about one person would be too many under one key."""

_TAG_BYTES = 16


class AuditCipher:
    """AES-256-GCM under keys made of the trail's own key and a salt: one for each user, and one a month for those who
    are none. Without the salt there is no key, whoever has the rest; so to throw a salt away is to erase.

    A key is an HMAC-SHA-256 of what it is for and the salt, under the trail's key: the expand step of RFC 5869.
    """

    def __init__(self, trail_key: bytes) -> None:
        self._trail_key = trail_key

    def encrypt_origin(self, client: ClientInfo, salt: bytes) -> bytes | None:
        """Where a request came from; None where nothing is known of it."""
        facts = [client.ip_address, client.user_agent, client.request_id]
        return self._encrypt(b"origin", facts, salt) if any(facts) else None

    def decrypt_origin(self, encrypted: bytes, salt: bytes) -> ClientInfo | None:
        """The same again; None: it is another one's, or was altered."""
        facts = self._decrypt(b"origin", encrypted, salt)
        if facts is None:
            return None
        ip_address, user_agent, request_id = facts
        return ClientInfo(ip_address=ip_address, user_agent=user_agent, request_id=request_id)

    def encrypt_changes(self, changes: Sequence[FieldChange], salt: bytes) -> bytes | None:
        """What differs; None where nothing does."""
        facts = [[change.field, change.before, change.after] for change in changes]
        return self._encrypt(b"changes", facts, salt) if facts else None

    def decrypt_changes(self, encrypted: bytes, salt: bytes) -> tuple[FieldChange, ...] | None:
        """The same again; None: it is another one's, or was altered."""
        facts = self._decrypt(b"changes", encrypted, salt)
        return None if facts is None else tuple(FieldChange(*change) for change in facts)

    def tag_ip_address(self, ip_address: str, salt: bytes) -> bytes:
        """What an IP address is found by within a month, whoever came from there."""
        return self._tag(b"ip address", ipaddress.ip_address(ip_address).packed, salt)

    def tag_address(self, address: str, salt: bytes) -> bytes:
        """What an e-mail address that nobody has is recognised by within a month; people type passwords there, too."""
        return self._tag(b"address", address.encode(errors="surrogatepass"), salt)

    def _encrypt(self, what: bytes, facts: Sequence[object], salt: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        content = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
        return nonce + AESGCM(self._key(b"person", salt)).encrypt(nonce, content, what)

    def _decrypt(self, what: bytes, encrypted: bytes, salt: bytes) -> list[Any] | None:
        nonce, content = encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:]
        try:
            facts: list[Any] = json.loads(AESGCM(self._key(b"person", salt)).decrypt(nonce, content, what))
        except (InvalidTag, ValueError):
            return None
        return facts

    def _tag(self, what: bytes, content: bytes, salt: bytes) -> bytes:
        return hmac.digest(self._key(what, salt), content, hashlib.sha256)[:_TAG_BYTES]

    def _key(self, what: bytes, salt: bytes) -> bytes:
        return hmac.digest(self._trail_key, what + b"\x00" + salt, hashlib.sha256)
