"""What a process knows of the audit trail's keys."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.postgres.audit_cipher import AuditCipher
from adapters.postgres.statements import statements
from user_domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from adapters.postgres.database import Database
    from user_domain.value_objects.ids import UserId

_SQL = statements("audit_keys")
_log = structlog.get_logger(__name__)

_NONCE_BYTES = 12
_TRAIL_KEY_BYTES = 32
_LABEL = b"audit trail"

_KNOWN_AT_MOST = 10_000
_KNOWN_FOR = 600.0
"""Seconds after which a salt is looked up again: as long may a process write what nobody can read any more."""


class AuditKeys:
    """The trail's key, which stands in the database sealed by AES-256-GCM, and the salts that this process has come
    across. `keys` begins with the one that seals; those it replaced follow. Made by the first process that needs it.

    Salts are kept for writing alone, so that it costs no question of its own; whoever reads the trail reads them with
    it, and what was erased a moment ago cannot be read.
    """

    def __init__(self, database: Database, *, keys: Sequence[bytes]) -> None:
        self._database = database
        self._ciphers = tuple(AESGCM(key) for key in keys)
        self._cipher: AuditCipher | None = None
        self._salts: OrderedDict[UserId, tuple[bytes, float]] = OrderedDict()
        self._months: dict[date, bytes] = {}

    async def cipher(self) -> AuditCipher:
        """What encrypts and decrypts.

        Raises:
            StorageUnavailable: the database is away; or none of the keys opens the trail's, which is logged.
        """
        if self._cipher is None:
            self._cipher = AuditCipher(await self._trail_key())
        return self._cipher

    def salt_of(self, user_id: UserId) -> bytes | None:
        """A user's salt; None where it was not come across lately."""
        salt, known_at = self._salts.get(user_id, (None, 0.0))
        return salt if time.monotonic() - known_at < _KNOWN_FOR else None

    def learn(self, user_id: UserId, salt: UUID | None) -> None:
        """Come across the salt of a user; or across one who has none any more."""
        if salt is None:
            self.forget(user_id)
            return
        self._salts[user_id] = (salt.bytes, time.monotonic())
        self._salts.move_to_end(user_id)
        if len(self._salts) > _KNOWN_AT_MOST:
            self._salts.popitem(last=False)

    def forget(self, user_id: UserId) -> None:
        """A user's salt is gone."""
        self._salts.pop(user_id, None)

    def salt_of_month(self, month: date) -> bytes | None:
        """A month's salt; None where it was not come across."""
        return self._months.get(month)

    def learn_month(self, month: date, salt: UUID) -> None:
        """Come across the salt of a month that is committed."""
        self._months[month] = salt.bytes

    async def _trail_key(self) -> bytes:
        while (row := await self._database.fetch_one(_SQL["trail_key"], {})) is None:
            await self._database.execute(_SQL["add_trail_key"], {"sealed": self._sealed(os.urandom(_TRAIL_KEY_BYTES))})
        sealed: bytes = row["sealed"]
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for number, cipher in enumerate(self._ciphers):
            try:
                key = cipher.decrypt(nonce, content, _LABEL)
            except InvalidTag:
                continue
            if number > 0:  # by a master key that was replaced
                await self._database.execute(_SQL["reseal_trail_key"], {"sealed": self._sealed(key), "before": sealed})
            return key
        _log.error(
            "the key of the audit trail was sealed with another MASTER_KEY: set MASTER_KEY_PREVIOUS to that one; or if"
            " it is lost, and with it what the trail has kept of people, empty the table audit_trail_key"
        )
        raise StorageUnavailable

    def _sealed(self, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, key, _LABEL)
