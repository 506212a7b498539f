"""The contract of `Clock`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.testing.contracts.contract import Contract

if TYPE_CHECKING:
    from user_domain.ports.clock import Clock


class ClockContract(Contract):
    """Needs a fixture `clock`."""

    def test_tells_an_aware_moment_in_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta(0)
