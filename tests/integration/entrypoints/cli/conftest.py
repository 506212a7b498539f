"""For tests of the command line."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import as_url

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


@pytest.fixture
def production(conninfo: str) -> dict[str, str]:
    """The variables of production, on an empty database."""
    return {"DATABASE_URL": as_url(conninfo), "SECRET_KEY": SECRET_KEY, "MASTER_KEY": MASTER_KEY}


@pytest.fixture
def development(conninfo: str) -> dict[str, str]:
    """Those of development, where mails are kept in a folder, on the same."""
    return {"DATABASE_URL": as_url(conninfo), "ENVIRONMENT": "development"}
