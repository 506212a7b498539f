"""The strength of passwords, by zxcvbn in one thread."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from user_domain.errors import Overloaded
from user_domain.ports.password_strength import PasswordStrength

if TYPE_CHECKING:
    from collections.abc import Sequence

    from user_domain.value_objects.password import Password

_LOOKED_AT = 24
"""Characters of a password. Ten random ones have the best score already; the time grows faster than the square."""

_PERSONAL_WORDS = 8

_SUBSTITUTES = frozenset("4@8({[<3691!|7$05+%2")  # what zxcvbn may read as a letter: p4$$w0rd
_MANY_SUBSTITUTES = 6
_RARE_SUBSTITUTES = str.maketrans("{[<|(+!", "}]>\\)=#")

_library = threading.Lock()
"""zxcvbn keeps the personal words in a variable of its module, where another call would find them."""


class ZxcvbnPasswordStrength(PasswordStrength):
    """Scores what a password begins with, 24 characters.

    zxcvbn is pure Python and shares the interpreter with the event loop, which has to wait its turn (5 ms) whenever it
    wakes up in the meantime. So there is one thread, not more, and no input that takes long: 2 ms are usual, the worst
    that was found takes 60 ms, and the same text uncut 5 seconds. At most `queue` passwords wait; who comes then is
    refused at once. The first password loads the library's dictionaries (70 ms), in the thread as well, so that who
    asks for none does not pay for them.
    """

    def __init__(self, *, queue: int = 128) -> None:
        self._queue = queue
        self._thread = ThreadPoolExecutor(1, "password-strength")
        self._admitted = 0

    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        if self._admitted > self._queue:
            raise Overloaded
        self._admitted += 1
        text, words = password.value[:_LOOKED_AT], [word[:_LOOKED_AT] for word in personal[:_PERSONAL_WORDS]]
        future = asyncio.get_running_loop().run_in_executor(self._thread, _score, text, words)
        # When the thread is done, not when the caller is: those who hang up must not make room for more.
        future.add_done_callback(self._release)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Let go of the thread; the passwords that wait are looked at first."""
        self._thread.shutdown()

    def _release(self, future: asyncio.Future[int]) -> None:
        self._admitted -= 1
        if not future.cancelled():
            future.exception()  # seen: a caller who hung up leaves nobody to look at it


def _score(text: str, personal: list[str]) -> int:
    # At import it would cost every command of the command line 70 ms.
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # noqa: PLC0415 - see above; it comes without types

    if not text:
        return 0  # which zxcvbn cannot read
    with _library:
        score: int = zxcvbn(_with_few_readings(text), personal)["score"]
    return score


def _with_few_readings(text: str) -> str:
    """zxcvbn reads the text once for each combination of letters its substitutes may stand for, hundreds of times for
    a text that has them all. Of many different ones the rare ones stand for nothing, each replaced by one that never
    does; a text that is mostly substitutes is no word in disguise. Others are scored as they are.
    """
    return text.translate(_RARE_SUBSTITUTES) if len(_SUBSTITUTES & set(text)) > _MANY_SUBSTITUTES else text
