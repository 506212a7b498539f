"""A device, as people say it."""

import pytest

from user_domain.value_objects.device import Device


@pytest.mark.parametrize(
    ("device", "said"),
    [
        (Device("Firefox", "Linux"), "Firefox on Linux"),
        (Device("Firefox", None), "Firefox"),
        (Device(None, "Linux"), "Linux"),
        (Device("", "Linux"), "Linux"),
        (Device(), None),
        (Device("", ""), None),
    ],
)
def test_a_device_in_words(device: Device, said: str | None) -> None:
    assert device.in_words == said
