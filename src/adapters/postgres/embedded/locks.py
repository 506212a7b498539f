"""Locks that the kernel releases when their holder ends, however it ends (flock).

A lock belongs to the open file: a child process has it only if it is given the descriptor on purpose.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lock_file(path: Path) -> Iterator[int]:
    """A descriptor to lock with. Its end lets go, unless a child process has it too."""
    lock = _open(path)
    try:
        yield lock
    finally:
        os.close(lock)


@contextmanager
def exclusive(path: Path) -> Iterator[int]:
    """Wait for the lock, and hold it alone for the length of the block."""
    with lock_file(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def share(path: Path) -> int:
    """Hold the lock together with others, until the returned descriptor is closed or the process ends."""
    lock = _open(path)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def try_exclusive(lock: int) -> bool:
    """Take the lock alone, at once; False when somebody else holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
