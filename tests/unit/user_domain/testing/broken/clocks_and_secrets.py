"""Clocks of another zone, and secrets that are none."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from user_domain.testing.in_memory import InMemoryClock, InMemorySecretSource
from user_domain.value_objects.ids import MailId, OneTimeTokenId, SessionHandle


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


class ShortOneTimeTokenIds(InMemorySecretSource):
    def one_time_token_id(self) -> OneTimeTokenId:
        return OneTimeTokenId(super().one_time_token_id()[16:])


class OneOneTimeTokenIdForAll(InMemorySecretSource):
    def one_time_token_id(self) -> OneTimeTokenId:
        return OneTimeTokenId("0" * 32)


class MailIdsWithDashes(InMemorySecretSource):
    """As UUIDs are written."""

    def mail_id(self) -> MailId:
        return MailId(f"{super().mail_id()[:8]}-{super().mail_id()[8:]}")


class OneMailIdForAll(InMemorySecretSource):
    def mail_id(self) -> MailId:
        return MailId("0" * 32)


class MailIdsInNoOrder(InMemorySecretSource):
    """As random ones are."""

    def mail_id(self) -> MailId:
        return MailId(super().mail_id()[::-1])


class JitterInPercent(InMemorySecretSource):
    def jitter(self) -> float:
        return 50.0


class JitterOfAWhole(InMemorySecretSource):
    def jitter(self) -> float:
        return 1.0
