"""Parsers that know nothing, guess, or repeat what a stranger wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.errors import StorageUnavailable
from user_domain.testing.in_memory.device_parser import InMemoryDeviceParser
from user_domain.value_objects.device import Device

if TYPE_CHECKING:
    from typing import Never


class KnowsNothing(InMemoryDeviceParser):
    async def parse(self, user_agent: str | None) -> Device:
        return Device()


class TellsVersions(InMemoryDeviceParser):
    async def parse(self, user_agent: str | None) -> Device:
        device = await super().parse(user_agent)
        return replace(device, browser=device.browser and f"{device.browser} 140")


class TakesChromeForSafari(InMemoryDeviceParser):
    async def parse(self, user_agent: str | None) -> Device:
        device = await super().parse(user_agent)
        return replace(device, browser="Safari") if "Safari/" in (user_agent or "") else device


class AllOrNothing(InMemoryDeviceParser):
    async def parse(self, user_agent: str | None) -> Device:
        device = await super().parse(user_agent)
        return device if device.browser and device.system else Device()


class SaysOther(InMemoryDeviceParser):
    async def parse(self, user_agent: str | None) -> Device:
        device = await super().parse(user_agent)
        return Device(device.browser or "Other", device.system or "Other") if user_agent else device


class TakesNobodyForAWindow(InMemoryDeviceParser):
    async def parse(self, user_agent: str | None) -> Device:
        return await super().parse("Windows NT" if user_agent is None else user_agent)


class RefusesWhatIsTooLong(InMemoryDeviceParser):
    async def parse(self, user_agent: str | None) -> Device:
        return self._refuse() if len(user_agent or "") > 512 else await super().parse(user_agent)

    def _refuse(self) -> Never:
        raise StorageUnavailable


class RepeatsWhatItDoesNotKnow(InMemoryDeviceParser):
    async def parse(self, user_agent: str | None) -> Device:
        device = await super().parse(user_agent)
        return replace(device, browser=device.browser or (user_agent or "").partition("/")[0] or None)


class RepeatsWhatBegins(InMemoryDeviceParser):
    """Only what looks like a name, as a rule `([A-Za-z]+)Bot` does."""

    async def parse(self, user_agent: str | None) -> Device:
        name, found, _ = (user_agent or "").partition("Bot")
        return Device(name) if found and name.isalpha() else await super().parse(user_agent)
