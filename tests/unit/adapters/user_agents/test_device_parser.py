"""Browsers and systems are known by the names people know, and nobody's own words get through."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adapters.user_agents.device_parser import _BROWSERS, _SYSTEMS, UapDeviceParser
from tests.unit.architecture.sources import SRC
from user_domain.testing.contracts.device_parser import DeviceParserContract
from user_domain.value_objects.device import Device


@pytest.fixture(scope="module")
def devices() -> UapDeviceParser:
    return UapDeviceParser()


class TestUapDeviceParser(DeviceParserContract):
    pass


WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X)"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"

REAL = {
    # On a desk
    f"{WINDOWS} {BLINK} Safari/537.36": ("Chrome", "Windows"),
    f"{MAC} {BLINK} Safari/537.36": ("Chrome", "macOS"),
    f"{LINUX} {BLINK} Safari/537.36": ("Chrome", "Linux"),
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {BLINK} Safari/537.36": ("Chrome", "ChromeOS"),
    f"{WINDOWS} {BLINK} Safari/537.36 Edg/141.0.0.0": ("Edge", "Windows"),
    f"{WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/51.0.2704.79 Safari/537.36 Edge/14.14393": (
        "Edge",
        "Windows",
    ),
    f"{WINDOWS} {BLINK} Safari/537.36 OPR/122.0.0.0": ("Opera", "Windows"),
    f"{WINDOWS} {BLINK} Safari/537.36 Vivaldi/7.6.3797.58": ("Vivaldi", "Windows"),
    f"{WINDOWS} {BLINK} YaBrowser/25.8.0.0 Safari/537.36": ("Yandex Browser", "Windows"),
    f"{WINDOWS} {BLINK} Whale/4.33.325.17 Safari/537.36": ("Whale", "Windows"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": ("Firefox", "Windows"),
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": ("Firefox", "Ubuntu"),
    "Mozilla/5.0 (X11; Fedora; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": ("Firefox", "Fedora"),
    "Mozilla/5.0 (X11; FreeBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0": ("Firefox", "FreeBSD"),
    f"{MAC} {WEBKIT} Version/18.5 Safari/605.1.15": ("Safari", "macOS"),
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko": ("Internet Explorer", "Windows"),
    # In the hand
    f"{ANDROID} {BLINK} Mobile Safari/537.36": ("Chrome", "Android"),
    f"{ANDROID} AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": (
        "Samsung Internet",
        "Android",
    ),
    f"{ANDROID} {BLINK} Mobile Safari/537.36 EdgA/141.0.0.0": ("Edge", "Android"),
    f"{ANDROID} {BLINK} Mobile Safari/537.36 OPR/91.0.0.0": ("Opera", "Android"),
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0": ("Firefox", "Android"),
    "Mozilla/5.0 (Linux; U; Android 13; en-US; M2101K6G) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/123.0.0.0 UCBrowser/13.8.0.1326 Mobile Safari/537.36": ("UC Browser", "Android"),
    "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/128.4.1 like "
    "Chrome/128.0.0.0 Safari/537.36": ("Silk", "Android"),
    f"{IPHONE} {WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1": ("Safari", "iOS"),
    f"{IPAD} {WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1": ("Safari", "iOS"),
    f"{IPHONE} {WEBKIT} CriOS/141.0.0.0 Mobile/15E148 Safari/604.1": ("Chrome", "iOS"),
    f"{IPHONE} {WEBKIT} FxiOS/140.0 Mobile/15E148 Safari/605.1.15": ("Firefox", "iOS"),
    f"{IPHONE} {WEBKIT} Version/18.0 EdgiOS/141.0.0.0 Mobile/15E148 Safari/604.1": ("Edge", "iOS"),
    f"{IPHONE} {WEBKIT} Version/18.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15": ("DuckDuckGo", "iOS"),
    # Not a browser, or not one by itself: what it runs on is all there is to tell
    f"{IPHONE} {WEBKIT} Mobile/15E148 [FBAN/FBIOS;FBAV/530.0.0.0]": (None, "iOS"),
    f"{IPHONE} {WEBKIT} Mobile/15E148": (None, "iOS"),
    f"{ANDROID} AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/141.0.0.0 Mobile Safari/537.36": (
        None,
        "Android",
    ),
    "okhttp/4.12.0": (None, None),
    "curl/8.14.1": (None, None),
    "python-requests/2.32.4": (None, None),
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": (None, None),
    "Storefront/2.1": (None, None),
}


@pytest.mark.parametrize("user_agent", REAL)
async def test_real_user_agents(devices: UapDeviceParser, user_agent: str) -> None:
    assert await devices.parse(user_agent) == Device(*REAL[user_agent])


@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0 (compatible; CallOurHotline1234/1.0; +http://evil.example)",
        "CallOurHotlineBot/1.0",
        "CallOurHotline/1.0 CFNetwork/1.0 Darwin/22.0.0",
        "Mozilla/5.0 (X11; Linux x86_64) CallOurHotlineBrowser/1.0",
        "HbbTV/1.1.1 (; CallOurHotline ; 2016 )",
        "Mozilla/5.0 (Linux; Android CallOurHotline)",
        "Firefox (CallOurHotline) Firefox/CallOurHotline",
        "Chrome/CallOurHotline Safari/CallOurHotline Windows NT CallOurHotline",
    ],
)
async def test_names_come_from_the_list_and_never_from_the_user_agent(
    devices: UapDeviceParser, user_agent: str
) -> None:
    device = await devices.parse(user_agent)
    assert device.browser in {None, *_BROWSERS.values()}
    assert device.system in {None, *_SYSTEMS.values()}


def test_no_name_in_the_list_has_a_version() -> None:
    assert not [name for name in (*_BROWSERS.values(), *_SYSTEMS.values()) if any(map(str.isdigit, name))]


async def test_512_characters_are_looked_at(devices: UapDeviceParser) -> None:
    assert await devices.parse("x" * 499 + " Firefox/140.0") == Device()
    assert await devices.parse("x" * 497 + " Firefox/140.0") == Device("Firefox", None)


async def test_a_user_agent_is_parsed_once(devices: UapDeviceParser, monkeypatch: pytest.MonkeyPatch) -> None:
    user_agent = f"{LINUX} {BLINK} Safari/537.36 once"
    first = await devices.parse(user_agent)

    def not_again() -> None:
        raise AssertionError

    monkeypatch.setattr("adapters.user_agents.device_parser._parser", not_again)
    assert await devices.parse(user_agent) == first


def test_the_library_is_imported_only_when_somebody_asks() -> None:
    look = "import sys, adapters.user_agents.device_parser; sys.exit('ua_parser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], env={"PYTHONPATH": str(SRC)}, check=False).returncode == 0
