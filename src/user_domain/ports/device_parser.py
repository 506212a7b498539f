"""Devices, from what they say of themselves."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.value_objects.device import Device


class DeviceParser(Protocol):
    """Knows browsers and systems by their user agents. Never blocks the event loop."""

    @abstractmethod
    async def parse(self, user_agent: str | None) -> Device:
        """The device, without what is not recognised. Anything can stand in a user agent; none of it is an error, and
        none of it is repeated: names come from what the parser knows, without versions."""
