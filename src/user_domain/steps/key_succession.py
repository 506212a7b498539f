"""A new signing key takes over from those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.entities.signing_key import SigningKey
from user_domain.policies import key_rotation
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from user_domain.entities.signing_key import KeyPair
    from user_domain.ports.signing_key_maker import SigningKeyMaker
    from user_domain.ports.unit_of_work import UnitOfWork


class KeySuccession:
    """What becomes of the key set when keys are added, sealed anew or taken away, and what the trail says of it; with
    the set locked. Nobody is named there: it was the service itself, or its operator.
    """

    def __init__(self, *, maker: SigningKeyMaker) -> None:
        self._maker = maker

    def usable(self, keys: Collection[SigningKey]) -> list[SigningKey]:
        """The keys that this process can sign with."""
        return [key for key in keys if self._maker.reseal(key) is not None]

    async def succeed(
        self, work: UnitOfWork, keys: Collection[SigningKey], pair: KeyPair, *, action: AuditAction, at: datetime
    ) -> SigningKey:
        """Add a key that takes over from `keys` as soon as verifiers know it, or at once where nothing else signs."""
        usable = self.usable(keys)
        before = key_rotation.signer(usable, at=at)
        activates_at = key_rotation.next_begins(usable, at=at)
        key = SigningKey.admit(pair, at=at, activates_at=activates_at, signs_for=key_rotation.SIGNS_FOR)
        await work.signing_keys.add(key)
        for earlier in keys:
            if earlier.retires_at > activates_at:
                await work.signing_keys.save(earlier.retired_by(activates_at))
        await self._tell(work, action, FieldChange("key", before.id if before else None, key.id), at=at)
        return key

    async def reseal(self, work: UnitOfWork, key: SigningKey, *, at: datetime) -> SigningKey:
        """The key, sealed as new ones are. Where it is already, or cannot be opened, nothing happens."""
        sealed = self._maker.reseal(key)
        if sealed is None or sealed == key.sealed_private_key:
            return key
        resealed = key.sealed_as(sealed)
        await work.signing_keys.save(resealed)
        await self._tell(work, AuditAction.KEY_RESEAL, FieldChange("key", key.id, key.id), at=at)
        return resealed

    async def remove(self, work: UnitOfWork, key: SigningKey, *, at: datetime) -> None:
        """Take a key away; its tokens are good no more."""
        await work.signing_keys.remove(key.id)
        await self._tell(work, AuditAction.KEY_REMOVE, FieldChange("key", key.id, None), at=at)

    async def _tell(self, work: UnitOfWork, action: AuditAction, change: FieldChange, *, at: datetime) -> None:
        await work.audit.append(
            AuditEntry(action=action, at=at, actor_id=None, target_id=None, client=ClientInfo(), changes=(change,))
        )
