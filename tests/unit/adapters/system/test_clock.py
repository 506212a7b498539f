"""The machine's clock keeps the contract."""

from __future__ import annotations

import pytest

from adapters.system.clock import SystemClock
from user_domain.testing.contracts.clock import ClockContract


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> SystemClock:
        return SystemClock()
