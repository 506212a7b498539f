"""Passwords, as typed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

_LONGEST_NORMALISED = 1024
"""Code points. Normalising takes quadratic time on hostile text, and no password so long can have been chosen."""


@dataclass(frozen=True, slots=True)
class Password:
    """What a person typed as password, in NFC, so that two keyboards that spell é differently agree (NIST 800-63B-4).

    It exists only on its way to a hasher; it is never stored and its repr does not show it. Any text can be *tried*
    as a password; which ones may be *chosen* is for `policies.password` to say.
    """

    value: str = field(repr=False)

    @classmethod
    def typed(cls, raw: str) -> Password:
        """Take what was typed; surrounding spaces belong to it."""
        return cls(unicodedata.normalize("NFC", raw) if len(raw) <= _LONGEST_NORMALISED else raw)
