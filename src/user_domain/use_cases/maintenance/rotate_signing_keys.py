"""Have a new key sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.errors import NextKeyAlreadyPublished, SigningKeysNotUsed
from user_domain.policies import key_rotation

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey
    from user_domain.ports.clock import Clock
    from user_domain.ports.signing_key_maker import SigningKeyMaker
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.key_succession import KeySuccession


class RotateSigningKeys:
    """Whoever operates the service has a new key take over: in an hour, when every verifier knows it, and nobody
    notices. Where one is about to already, there is nothing to do: yet another one would take its place before it is of
    any use. In an emergency, when a key may have been stolen, at once; then all others are gone, and their tokens with
    them: people log in again, or their clients renew the token.

    `algorithm` is what new keys are for; None where tokens are signed with a shared secret: then an emergency throws
    away what is left of a key set, and makes nothing.
    """

    def __init__(
        self,
        *,
        maker: SigningKeyMaker,
        succession: KeySuccession,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        algorithm: str | None,
    ) -> None:
        self._maker = maker
        self._succession = succession
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._algorithm = algorithm

    async def execute(self, *, emergency: bool) -> SigningKey | None:
        """The new key, which says when it begins to sign; None where an emergency leaves none.

        Raises:
            SigningKeysNotUsed: tokens are not signed with keys of a set.
            NextKeyAlreadyPublished: a key that this process can sign with is about to take over, and it is no
                emergency.
        """
        if self._algorithm is None and not emergency:
            raise SigningKeysNotUsed
        pair = await self._maker.make(self._algorithm) if self._algorithm else None
        action = AuditAction.KEY_EMERGENCY_ROTATE if emergency else AuditAction.KEY_ROTATE
        async with self._unit_of_work() as work:
            keys = await work.signing_keys.lock_all()
            now = self._clock.now()
            if emergency:
                for lost in keys:
                    await self._succession.remove(work, lost, at=now)
                keys = []
            elif coming := key_rotation.coming(self._succession.usable(keys), at=now):
                raise NextKeyAlreadyPublished(coming.activates_at)
            key = None
            if pair is not None:
                key = await self._succession.succeed(work, keys, pair, action=action, at=now)
            await work.commit()
        return key
