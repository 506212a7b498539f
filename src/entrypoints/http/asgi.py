"""The application as a server process makes it: from the environment alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrypoints import logs, settings
from entrypoints.container import Container
from entrypoints.http.app import create_app

if TYPE_CHECKING:
    from fastapi import FastAPI


def create() -> FastAPI:
    """The application, for `uvicorn --factory`. Whoever starts it has migrated the database."""
    loaded = settings.load()
    logs.configure(level=loaded.log_level, log_format=loaded.log_format)
    return create_app(Container(settings=loaded, conninfo=loaded.database_conninfo))
