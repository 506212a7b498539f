"""Reading what a person typed into several fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from user_domain.errors import InvalidInput, Violation

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(slots=True)
class InputChecks:
    """Reads several fields and remembers what is wrong with each, so that a person hears of everything at once."""

    violations: list[Violation] = field(default_factory=list)

    def read(self, parse: Callable[[str], T], raw: str | None) -> T | None:
        """The value, or None where the field is absent or breaks a rule."""
        if raw is None:
            return None
        try:
            return parse(raw)
        except InvalidInput as error:
            self.violations += error.violations
            return None

    def finish(self) -> None:
        """Go on only if nothing is wrong.

        Raises:
            InvalidInput: with every violation found.
        """
        if self.violations:
            raise InvalidInput(self.violations)
