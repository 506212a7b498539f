"""The contract of `DeviceParser`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.device import Device

if TYPE_CHECKING:
    from user_domain.ports.device_parser import DeviceParser

KNOWN = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": Device("Firefox", "Linux"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36": (
        Device("Chrome", "Windows")
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Safari/605.1.15": Device("Safari", "macOS"),
}
LINUX_ONLY = "NobodyKnowsThis/1.0 (X11; Linux x86_64)"
FIREFOX_ONLY = "Mozilla/5.0 (Unheard of; rv:140.0) Gecko/20100101 Firefox/140.0"


class DeviceParserContract(Contract):
    """Needs a fixture `devices`."""

    @pytest.mark.parametrize("user_agent", KNOWN)
    async def test_knows_what_most_people_use_by_names_without_versions(
        self, devices: DeviceParser, user_agent: str
    ) -> None:
        assert await devices.parse(user_agent) == KNOWN[user_agent]

    async def test_what_is_not_recognised_is_left_out(self, devices: DeviceParser) -> None:
        assert await devices.parse(LINUX_ONLY) == Device(None, "Linux")
        assert await devices.parse(FIREFOX_ONLY) == Device("Firefox", None)

    async def test_without_a_user_agent_nothing_is_known(self, devices: DeviceParser) -> None:
        assert await devices.parse(None) == Device()

    @pytest.mark.parametrize(
        "user_agent",
        ["", " ", "\0", "lone \ud800", "Gibberish/1.0", "(" * 10_000, "Mozilla/5.0 (" * 1000, "firefox", "🦄" * 600],
    )
    async def test_anything_can_stand_in_a_user_agent(self, devices: DeviceParser, user_agent: str) -> None:
        assert await devices.parse(user_agent) == Device()

    @pytest.mark.parametrize(
        "user_agent",
        [
            "Mozilla/5.0 (compatible; CallEvilNow/1.0; +http://evil.example)",
            "EvilBot/1.0 (CallEvilNow; Linux) Firefox/140.0",
            "EvilCrawler",
            "evil spider/2.0",
            "Mozilla/5.0 (X11; Evil Linux x86_64) Gecko/20100101 Evil/1.0 Firefox/Evil",
            "EvilApp/1 CFNetwork/1 Darwin/22.0.0",
            "HbbTV/1.1.1 (; Evil ; 2016 )",
            "Firefox <b>evil</b>",
        ],
    )
    async def test_nothing_of_a_user_agent_is_repeated(self, devices: DeviceParser, user_agent: str) -> None:
        device = await devices.parse(user_agent)
        assert "evil" not in f"{device.browser} {device.system}".casefold()
