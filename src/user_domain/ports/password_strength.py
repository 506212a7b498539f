"""How easily a password is guessed."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from user_domain.value_objects.password import Password


class PasswordStrength(Protocol):
    """Estimates how many guesses a password survives. Never blocks the event loop."""

    @abstractmethod
    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        """From 0 to 4, as zxcvbn counts (Wheeler, USENIX Security 2016): guessed within 10³, 10⁶, 10⁸, 10¹⁰ tries, or
        more. `personal` are words a guesser would try first, such as the person's name. A longer password is not
        looked at to its end: what it begins with has to do.

        Raises:
            Overloaded: too many passwords wait to be looked at already.
        """
