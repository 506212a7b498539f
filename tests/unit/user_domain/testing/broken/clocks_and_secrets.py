"""Clocks of another zone, and secrets that are none."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from user_domain.testing.in_memory import InMemoryClock, InMemorySecretSource
from user_domain.value_objects.ids import SessionHandle


class NaiveClock(InMemoryClock):
    def now(self) -> datetime:
        return super().now().replace(tzinfo=None)


class LocalClock(InMemoryClock):
    def now(self) -> datetime:
        return super().now().astimezone(timezone(timedelta(hours=1)))


class ShortHandles(InMemorySecretSource):
    def session_handle(self) -> SessionHandle:
        return SessionHandle(super().session_handle()[16:])


class TokenIdsOutsideUrls(InMemorySecretSource):
    def token_id(self) -> str:
        return f"{super().token_id()}="


class OneHandleForAll(InMemorySecretSource):
    def session_handle(self) -> SessionHandle:
        return SessionHandle("0" * 32)


class OneTokenIdForAll(InMemorySecretSource):
    def token_id(self) -> str:
        return "token"
