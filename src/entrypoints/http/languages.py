"""Accept-Language (RFC 9110 12.5.4): what a reader would rather read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from user_domain.errors import InvalidInput
from user_domain.value_objects.locale import Locale

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_RANGES = 20  # browsers send under ten; the rest of a longer header is not looked at
_RANGE = re.compile(r"\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_WEIGHT = re.compile(r"[Qq] ?= ?(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def preferred(header: str | None, available: Sequence[str]) -> str | None:
    """The best of the languages there are, or None where the reader names none of them. `fr-CA` is content with `fr`
    (RFC 4647 3.4), `*` with the first that is not named by itself.
    """
    weights = _weights(header)
    by_name = {language.lower(): language for language in available}
    for wanted in _accepted(weights):
        if wanted == "*":
            found = next((name for name in by_name if name not in weights), None)
        else:
            found = next((name for name in _shorter_and_shorter(wanted) if name in by_name), None)
        if found is not None and weights.get(found) != 0:
            return by_name[found]
    return None


def accepted_locale(header: str | None) -> Locale | None:
    """The most wanted language that is a locale of ours; None where there is none."""
    for wanted in _accepted(_weights(header)):
        try:
            return Locale.parse(wanted)
        except InvalidInput:
            continue  # `*`, or a tag with parts that our locales do not have
    return None


def _weights(header: str | None) -> dict[str, float]:
    """How much each range is wanted, in the order of the header; what is no range with a weight is skipped."""
    weights: dict[str, float] = {}
    for part in (header or "").split(",", _MOST_RANGES)[:_MOST_RANGES]:
        name, _, parameter = (piece.strip() for piece in part.partition(";"))
        weight = _WEIGHT.fullmatch(parameter or "q=1")
        if _RANGE.fullmatch(name) and weight:
            weights.setdefault(name.lower(), float(weight[1]))
    return weights


def _accepted(weights: dict[str, float]) -> list[str]:
    """The ranges that are wanted at all, the most wanted first; equals keep their order."""
    return sorted((name for name, weight in weights.items() if weight), key=lambda name: -weights[name])


def _shorter_and_shorter(tag: str) -> list[str]:
    """`zh-hant-tw`, `zh-hant`, `zh`."""
    parts = tag.split("-")
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
