"""What is secret is not shown with what it is part of: not in a log, not in a traceback, not in a debugger's list."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from tests.unit.architecture.sources import SRC, classes

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SECRET = re.compile(r"(^|_)(password|passphrase|secret|token|hash|key)s?$")
# What hides itself, or is none: a use case is called after what it changes, a OneTimeToken has no token in it, and a
# SigningKey shows no private half.
TELLS_NOTHING = re.compile(
    r"(Password|SecretStr|Path|timedelta|datetime|int|bool|\w+Password|\w*SigningKey(s|Queries)"
    r"|(tuple|dict)\[.*(OneTimeToken|SigningKey)\b.*\])( \| None)?"
)

DATACLASSES = [cls for cls in classes(SRC) if dataclasses.is_dataclass(cls)]
MODELS = [cls for cls in classes(SRC) if issubclass(cls, BaseModel)]


@pytest.mark.parametrize("cls", DATACLASSES, ids=lambda cls: f"{cls.__module__}.{cls.__qualname__}")
def test_a_dataclass_shows_no_secret(cls: type[DataclassInstance]) -> None:
    shown = [field for field in dataclasses.fields(cls) if field.repr and SECRET.search(field.name)]
    assert [field.name for field in shown if not TELLS_NOTHING.fullmatch(str(field.type))] == []


@pytest.mark.parametrize("cls", MODELS, ids=lambda cls: f"{cls.__module__}.{cls.__qualname__}")
def test_a_model_shows_no_secret(cls: type[BaseModel]) -> None:
    shown = {name for name, field in cls.model_fields.items() if field.repr and SECRET.search(name)}
    assert [name for name in shown if not TELLS_NOTHING.fullmatch(cls.__annotations__[name])] == []


def test_there_are_secrets_to_look_at() -> None:
    fields = {field.name for cls in DATACLASSES for field in dataclasses.fields(cls)}
    fields |= {name for cls in MODELS for name in cls.model_fields}
    assert {"password", "password_hash", "access_token", "secret_key"} <= set(filter(SECRET.search, fields))
