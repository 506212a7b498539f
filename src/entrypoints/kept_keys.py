"""Keys that development makes for itself, once, and keeps."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def random_text() -> str:
    """48 random bytes, as text."""
    return secrets.token_urlsafe(48)


def kept_key(path: Path, make: Callable[[], str] = random_text) -> str:
    """The content of a file only its owner can read; made on first use, by exactly one of several processes.

    Raises:
        OSError: it cannot be kept there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(make())
    try:
        os.link(fresh, path)  # whole or not at all, and only for the first
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text(encoding="utf-8")
