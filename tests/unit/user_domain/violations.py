"""Reading what is wrong with an input."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from user_domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def violations_of(parse: Callable[[T], object], raw: T) -> list[tuple[str, str]]:
    """Field and code of every rule an input breaks; it has to break one."""
    with pytest.raises(InvalidInput) as caught:
        parse(raw)
    return [(violation.field, violation.code) for violation in caught.value.violations]
