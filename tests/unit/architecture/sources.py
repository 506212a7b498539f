"""The source tree, as the tests of its architecture read it."""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[3]
SRC = ROOT / "src"
TESTS = ROOT / "tests"


def python_files(*folders: Path) -> list[Path]:
    """Every Python file below, in a lasting order."""
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def called(path: Path) -> str:
    """A file as messages and test ids name it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """What a file of src is imported as."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_module(path: Path) -> ModuleType:
    """A file of src, imported."""
    return importlib.import_module(module_name(path))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, for types only or within a function too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{called(path)}:{node.lineno}: imports are absolute here"
            yield node.module or ""


def classes(folder: Path) -> list[type]:
    """Every class that is made at the top of a module below a folder of src."""
    modules = [imported_module(path) for path in python_files(folder)]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
