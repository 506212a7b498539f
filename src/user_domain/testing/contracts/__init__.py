"""The port contracts, as test suites.

Subclass a suite, give it the fixture its docstring names, and run pytest:

    class TestMyClock(ClockContract):
        @pytest.fixture
        def clock(self) -> Clock:
            return MyClock()

The suites are plain `async def` tests: run them with pytest-asyncio (`asyncio_mode = auto`) or anyio's plugin
(`anyio_mode = auto`). A subclass may not override a test; what an adapter is known not to do yet goes into
`known_gaps = {"test_name": "reason"}`, and is reported as an expected failure until it passes.
"""

import pkgutil

import pytest

# Before they are imported, so that a failed assertion in one of them shows what it compared.
pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)))
