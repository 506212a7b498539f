"""For all tests: NO_SKIP=1 makes a skip a failure, and integration tests get their PostgreSQL."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

pytest_plugins = ["tests.support.postgres"]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Ten thousand collected tests stay to the end: no collection of garbage need look through them ever again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("NO_SKIP") == "1":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and NO_SKIP=1 forbids that: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """A module that skips as a whole never reaches the hook above."""
    report = yield
    if report.skipped and os.environ.get("NO_SKIP") == "1":
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, and NO_SKIP=1 forbids that: {report.longrepr}"
    return report
