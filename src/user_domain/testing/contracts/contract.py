"""What all contracts have in common."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


class Contract:
    """A suite of tests that every adapter of one port passes.

    One that is too long for one file inherits some of its tests from classes that are no contracts themselves.
    """

    known_gaps: ClassVar[dict[str, str]] = {}
    """Tests this adapter is known to fail, and why."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        suite = next(base for base in cls.__mro__ if Contract in base.__bases__)
        if suite is cls:
            return
        for name in dir(suite):
            if name.startswith("test") and inspect.unwrap(getattr(cls, name)) is not getattr(suite, name):
                message = f"{cls.__name__} overrides {name}; what it does not meet yet belongs in known_gaps"
                raise TypeError(message)
        for name, reason in cls.known_gaps.items():
            setattr(cls, name, pytest.mark.xfail(reason=reason, strict=True)(_copy(getattr(cls, name))))


def _copy(test: Callable[..., Any]) -> Callable[..., Any]:
    """The same test as a function of its own, so that a mark on it does not reach other adapters."""
    if inspect.iscoroutinefunction(test):

        @functools.wraps(test)
        async def copy(*args: Any, **kwargs: Any) -> None:
            await test(*args, **kwargs)
    else:

        @functools.wraps(test)
        def copy(*args: Any, **kwargs: Any) -> None:
            test(*args, **kwargs)

    copy.pytestmark = list(getattr(test, "pytestmark", []))  # type: ignore[attr-defined]  # where pytest keeps marks
    return copy
