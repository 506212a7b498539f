"""Answers that the caller may have already."""

from __future__ import annotations


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether a caller names the entity tag of an answer in If-None-Match (RFC 9110 13.1.2: compared weakly)."""
    named = {one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")}
    return "*" in named or tag.removeprefix("W/") in named
