"""Devices, by the rules of the uap-core project."""

from __future__ import annotations

import asyncio
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from user_domain.ports.device_parser import DeviceParser
from user_domain.value_objects.device import Device

if TYPE_CHECKING:
    from ua_parser import Parser

_LOOKED_AT = 512
"""Characters of a user agent. The worst that was found of this length takes 9 ms, and time grows with it."""

_REMEMBERED = 1000

_BROWSERS = {
    "Amazon Silk": "Silk",
    "Brave": "Brave",
    "Chrome": "Chrome",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chromium": "Chromium",
    "Coc Coc": "Cốc Cốc",
    "DuckDuckGo": "DuckDuckGo",
    "DuckDuckGo Mobile": "DuckDuckGo",
    "Ecosia Android": "Ecosia",
    "Ecosia iOS": "Ecosia",
    "Edge": "Edge",
    "Edge Mobile": "Edge",
    "Epiphany": "GNOME Web",
    "Firefox": "Firefox",
    "Firefox Alpha": "Firefox",
    "Firefox Beta": "Firefox",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Huawei Browser": "Huawei Browser",
    "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer",
    "Konqueror": "Konqueror",
    "MiuiBrowser": "Mi Browser",
    "Mobile Safari": "Safari",
    "Opera": "Opera",
    "Opera GX": "Opera",
    "Opera Mini": "Opera",
    "Opera Mobile": "Opera",
    "Opera Tablet": "Opera",
    "Opera Touch": "Opera",
    "QQ Browser": "QQ Browser",
    "QQ Browser Mobile": "QQ Browser",
    "Safari": "Safari",
    "Samsung Internet": "Samsung Internet",
    "SeaMonkey": "SeaMonkey",
    "UC Browser": "UC Browser",
    "Vivaldi": "Vivaldi",
    "Whale": "Whale",
    "Yandex Browser": "Yandex Browser",
}

_SYSTEMS = {
    "Android": "Android",
    "Arch Linux": "Linux",
    "CentOS": "Linux",
    "Chrome OS": "ChromeOS",
    "Debian": "Debian",
    "Fedora": "Fedora",
    "FreeBSD": "FreeBSD",
    "Gentoo": "Linux",
    "HarmonyOS": "HarmonyOS",
    "KaiOS": "KaiOS",
    "Kubuntu": "Ubuntu",
    "Linux": "Linux",
    "Linux Mint": "Linux",
    "Lubuntu": "Ubuntu",
    "Mac OS X": "macOS",
    "NetBSD": "NetBSD",
    "OpenBSD": "OpenBSD",
    "Red Hat": "Linux",
    "Tizen": "Tizen",
    "Ubuntu": "Ubuntu",
    "WatchOS": "watchOS",
    "Windows": "Windows",
    "Windows Phone": "Windows Phone",
    "iOS": "iOS",
    "openSUSE": "Linux",
    "tvOS": "tvOS",
}


class UapDeviceParser(DeviceParser):
    """Tells browsers and systems by the names people know them by.

    Only those listed here. Many of the rules copy a name out of the user agent, and what stands there was written by
    whoever sent it: the mail "somebody logged in with CallThisNumber/1.0" is one that an attacker would have us send.
    What is not listed is not recognised, so neither are programs and views inside apps.

    The rules are compiled when the first user agent comes (0.2 s), and each new one takes up to 9 ms: in a thread.
    """

    def __init__(self) -> None:
        self._device = lru_cache(_REMEMBERED)(_device)

    async def parse(self, user_agent: str | None) -> Device:
        if not user_agent:
            return Device()
        return await asyncio.to_thread(self._device, user_agent[:_LOOKED_AT])


def _device(user_agent: str) -> Device:
    parser = _parser()
    browser, system = parser.parse_user_agent(user_agent), parser.parse_os(user_agent)
    return Device(
        browser=_BROWSERS.get(browser.family) if browser else None,
        system=_SYSTEMS.get(system.family) if system else None,
    )


@cache
def _parser() -> Parser:
    """With the rules for browsers and systems only, and without the library's own memory of user agents."""
    import ua_parser  # noqa: PLC0415 - 70 ms that a command of the command line need not take

    return ua_parser.Parser(ua_parser.BasicResolver(ua_parser.load_lazy_builtins()))
