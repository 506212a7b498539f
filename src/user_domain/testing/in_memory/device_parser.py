"""A handful of browsers and systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.device_parser import DeviceParser
from user_domain.value_objects.device import Device

if TYPE_CHECKING:
    from collections.abc import Mapping

# The first that is there counts: Chrome calls itself Safari too.
_BROWSERS = {"Firefox/": "Firefox", "Edg/": "Edge", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Windows NT": "Windows",
    "Android": "Android",
    "iPhone": "iOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


class InMemoryDeviceParser(DeviceParser):
    """Looks for a word. For tests only: it takes every program that calls itself one of these for it."""

    async def parse(self, user_agent: str | None) -> Device:
        text = user_agent or ""
        return Device(browser=_first(_BROWSERS, text), system=_first(_SYSTEMS, text))


def _first(names: Mapping[str, str], text: str) -> str | None:
    return next((name for word, name in names.items() if word in text), None)
