"""How the process is told to stop."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_signals_exit_cleanly() -> Iterator[None]:
    """Within, SIGINT and SIGTERM end the process with status 0, by way of everything that has to be closed first.
    A second one does not interrupt that.
    """

    def leave(_signal: int, _frame: FrameType | None) -> None:
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(0)

    with signals_go_to(leave):
        yield


@contextmanager
def signals_go_to(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> Iterator[None]:
    """Within, SIGINT and SIGTERM are handled like this."""
    before = {number: signal.signal(number, handler) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
