"""The application as a server process makes it: from the environment alone."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from typing import TYPE_CHECKING

from entrypoints import logs, settings_in_force
from entrypoints.container import Container
from entrypoints.http.app import create_app

if TYPE_CHECKING:
    from fastapi import FastAPI


def create() -> FastAPI:
    """The application, for `uvicorn --factory`. Whoever starts it has migrated the database."""
    _end_with_parent()
    loaded = settings_in_force.load()
    logs.configure(level=loaded.log_level, log_format=loaded.log_format)
    return create_app(Container(settings=loaded, conninfo=loaded.database_conninfo))


def _end_with_parent() -> None:
    """Workers stop when the process that started them is gone, even by `kill -9`: they would keep the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_stop_when_gone, args=(parent.sentinel,), daemon=True).start()


def _stop_when_gone(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
