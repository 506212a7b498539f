"""No setting of the machine that runs the tests reaches them, and no logging they configure outlives them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from entrypoints.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # where there is no .env
    for variable in list(os.environ):
        if variable.lower() in Settings.model_fields:
            monkeypatch.delenv(variable)
