"""A use case is one small class in a file of its own with commands that cannot be changed."""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from entrypoints.application import Application
from tests.unit.architecture.sources import SRC, called, classes, imported_module, python_files

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SRC / "user_domain" / "use_cases"
FILES = [path for path in python_files(FOLDER) if path.name != "__init__.py"]

each_file = pytest.mark.parametrize("path", FILES, ids=called)


def public_classes(path: Path) -> list[type]:
    module = imported_module(path).__name__
    return [cls for cls in classes(path.parent) if cls.__module__ == module and not cls.__name__.startswith("_")]


def use_case(path: Path) -> type[Any]:
    (found,) = (cls for cls in public_classes(path) if not dataclasses.is_dataclass(cls))
    return found


def test_there_are_use_cases() -> None:
    assert len(FILES) >= 8


@each_file
def test_a_file_holds_one_use_case_called_like_it(path: Path) -> None:
    assert use_case(path).__name__ == "".join(word.capitalize() for word in path.stem.split("_"))


@each_file
def test_a_use_case_has_one_way_in_that_says_what_comes_out(path: Path) -> None:
    cls = use_case(path)
    assert [name for name in vars(cls) if not name.startswith("_")] == ["execute"]
    assert inspect.iscoroutinefunction(cls.execute)
    assert inspect.getdoc(cls.execute)


@each_file
def test_a_use_case_says_who_may_and_what_happens(path: Path) -> None:
    assert use_case(path).__doc__


@each_file
def test_a_use_case_takes_its_parts_by_name(path: Path) -> None:
    _, *parts = inspect.signature(use_case(path).__init__).parameters.values()
    assert parts
    assert {part.kind for part in parts} == {inspect.Parameter.KEYWORD_ONLY}
    assert {part.default for part in parts} == {inspect.Parameter.empty}


@each_file
def test_a_use_case_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 150


@each_file
def test_a_command_and_a_result_cannot_be_changed(path: Path) -> None:
    for cls in public_classes(path):
        if dataclasses.is_dataclass(cls):
            assert cls.__dataclass_params__.frozen, cls.__name__  # type: ignore[attr-defined]  # dataclasses keeps it there
            assert "__slots__" in vars(cls), cls.__name__
            assert cls.__doc__, cls.__name__


def test_the_application_offers_every_use_case() -> None:
    offered = {str(field.type) for field in dataclasses.fields(Application)}
    assert offered - {"Clock", "AccessPolicy"} == {use_case(path).__name__ for path in FILES}
