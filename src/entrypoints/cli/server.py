"""Running the HTTP server, and stopping it as asked."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import uvicorn

from entrypoints.cli.signals import signals_go_to

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from entrypoints.settings import Settings

_APPLICATION = "entrypoints.http.asgi:create"
_GRACE_SECONDS = 20


class _AnnouncingServer(uvicorn.Server):
    """Tells when it is ready."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def serve(settings: Settings, *, announce: Callable[[], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; requests in flight are finished first. With `announce` there is one
    process, and it is called when that is ready.

    Worker processes read the settings anew, so what was found out here (the embedded server's address, generated keys)
    reaches them by the environment.
    """
    os.environ |= settings.as_environment()
    options: dict[str, Any] = {
        "factory": True,
        "host": settings.host,
        "port": settings.port,
        "workers": settings.workers,
        # The gateway has stripped it; the links we write have it.
        "root_path": settings.root_path,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        # uvicorn would believe X-Forwarded-For from 127.0.0.1.
        "proxy_headers": False,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
    }
    # uvicorn raises the signal again when it is done; then it has been obeyed, and the status is 0.
    with signals_go_to(signal.SIG_IGN):
        if announce is None:
            uvicorn.run(_APPLICATION, **options)
        else:
            _AnnouncingServer(uvicorn.Config(_APPLICATION, **options), announce).run()
