"""Keep the key set in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.policies import key_rotation

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from user_domain.entities.signing_key import SigningKey
    from user_domain.ports.clock import Clock
    from user_domain.ports.signing_key_maker import SigningKeyMaker
    from user_domain.ports.signing_key_queries import SigningKeyQueries
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.key_succession import KeySuccession


class TendSigningKeys:
    """The service itself makes the first key, and each next one in good time; takes away those whose tokens have all
    expired; and seals anew what was sealed with a master key that has been replaced. Any number of processes do so
    at once, and it is done once. A key that this process cannot open counts as one that signs: others can, and two
    with different master keys would make keys in turn for ever. It cannot sign then, and is not ready, until it gets
    the right master key or its operator has a new key made.

    `algorithm` is what new keys are for; None where tokens are signed with a shared secret: then none is made.
    `token_lifetime` is how long an access token is good.
    """

    def __init__(
        self,
        *,
        keys: SigningKeyQueries,
        maker: SigningKeyMaker,
        succession: KeySuccession,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        algorithm: str | None,
        token_lifetime: timedelta,
    ) -> None:
        self._keys = keys
        self._maker = maker
        self._succession = succession
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._algorithm = algorithm
        self._token_lifetime = token_lifetime

    async def execute(self, *, starting: bool) -> None:
        """Do what is due; where nothing is, one look is all. A process that is `starting` also has a key of another
        algorithm than its own replaced.
        """
        now, keys = self._clock.now(), await self._keys.all()
        is_due = self._is_due(keys, at=now, starting=starting)
        if not (is_due or self._is_untidy(keys, at=now, starting=starting)):
            return
        # Before the set is locked, for it takes its time. Where another process was quicker it is thrown away.
        pair = await self._maker.make(self._algorithm) if is_due and self._algorithm else None
        async with self._unit_of_work() as work:
            keys = await work.signing_keys.lock_all()
            now = self._clock.now()
            kept = []
            for key in keys:
                if self._is_outdated(key, at=now):
                    await self._succession.remove(work, key, at=now)
                else:
                    kept.append(await self._succession.reseal(work, key, at=now) if starting else key)
            if pair is not None and self._is_due(kept, at=now, starting=starting):
                await self._succession.succeed(work, kept, pair, action=AuditAction.KEY_ROTATE, at=now)
            await work.commit()

    def _is_due(self, keys: Collection[SigningKey], *, at: datetime, starting: bool) -> bool:
        return self._algorithm is not None and key_rotation.is_due(
            keys, algorithm=self._algorithm, at=at, starting=starting
        )

    def _is_untidy(self, keys: Collection[SigningKey], *, at: datetime, starting: bool) -> bool:
        return any(self._is_outdated(key, at=at) or (starting and self._is_to_be_resealed(key)) for key in keys)

    def _is_to_be_resealed(self, key: SigningKey) -> bool:
        # Only by a process that starts: while a master key is being replaced, two would do it in turn for ever.
        return self._maker.reseal(key) not in (None, key.sealed_private_key)

    def _is_outdated(self, key: SigningKey, *, at: datetime) -> bool:
        return at >= key.honoured_until(self._token_lifetime)
