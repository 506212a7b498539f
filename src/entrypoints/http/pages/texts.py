"""What the pages say, in each language: `translations/<language>.toml`."""

from __future__ import annotations

import tomllib
from datetime import UTC
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from user_domain.errors import AccountSuspended
from user_domain.policies.password import MAX_LENGTH, MIN_LENGTH

if TYPE_CHECKING:
    from user_domain.errors import DomainError, Violation

LANGUAGES = ("en", "fr", "ar")
"""The first is for everybody who reads none of them."""


@cache
def texts(language: str) -> dict[str, Any]:
    """Every text in a language. They come with the package."""
    path = files("entrypoints.http.pages") / "translations" / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def password_rules(language: str) -> list[str]:
    """Which passwords may be chosen."""
    return [_with_lengths(rule) for rule in texts(language)["password"]["rules"]]


def of_error(error: DomainError, language: str) -> str:
    """What went wrong. Where no translation knows it, the domain says so in English."""
    known: dict[str, str] = texts(language)["errors"]
    if isinstance(error, AccountSuspended) and error.until:
        return known["account_suspended_until"].format(until=f"{error.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    return known.get(error.code, str(error))


def of_violation(violation: Violation, language: str) -> str:
    """Which rule a field breaks, in the same way."""
    known: dict[str, str] = texts(language)["violations"]
    return _with_lengths(known[violation.code]) if violation.code in known else violation.message


def _with_lengths(text: str) -> str:
    return text.format(min=MIN_LENGTH, max=MAX_LENGTH)
