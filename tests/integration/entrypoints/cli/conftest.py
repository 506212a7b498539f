"""For tests of the command line."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a newcomer stands. Unlike pytest's own folders, other users may enter it: as root, the embedded server's
    data lie in it, as they do after a plain `git clone`.
    """
    with tempfile.TemporaryDirectory(prefix="user-service-newcomer-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
