"""Accept (RFC 9110 12.5.1): in which form somebody would rather have an answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_RANGES = 50  # browsers send under ten; the rest of a longer header is not looked at
_RANGE = re.compile(r"\*/\*|[!#$%&'+.^_`|~0-9a-z-]+/(?:\*|[!#$%&'+.^_`|~0-9a-z-]+)")
_IS_WEIGHT = re.compile(r"q ?=")
_WEIGHT = re.compile(r"q ?= ?(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def preferred_media_type(header: str | None, available: Sequence[str]) -> str:
    """The most wanted of the media types there are; of equals the first. Where none is wanted at all the first too:
    whoever asks is better served by something than by a refusal. Parameters of a range (`text/csv;header=present`) make
    no difference.
    """
    weights = _weights(header) if header and header.strip() else {"*/*": 1.0}
    return max(available, key=lambda media_type: _weight(media_type, weights))


def _weights(header: str) -> dict[str, float]:
    """How much each range is wanted; what is no range with a weight is skipped."""
    weights: dict[str, float] = {}
    for part in header.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = _WEIGHT.fullmatch(next((text for text in parameters if _IS_WEIGHT.match(text)), "q=1"))
        if _RANGE.fullmatch(name) and weight:
            weights[name] = max(float(weight[1]), weights.get(name, 0.0))
    return weights


def _weight(media_type: str, weights: dict[str, float]) -> float:
    """What the narrowest range says that the type is in."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((weights[name] for name in ranges if name in weights), 0.0)
