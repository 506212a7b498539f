"""What the service imports is what it says it needs."""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit.architecture.sources import ROOT, SRC, imports, python_files

OURS = {"user_domain", "adapters", "entrypoints"}
BROUGHT_ALONG = {"starlette": "fastapi", "pydantic_core": "pydantic"}
"""Whose documentation tells to import what it is made of from there."""


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    providing = importlib.metadata.packages_distributions()
    imported = {
        name.partition(".")[0] for path in python_files(SRC / "adapters", SRC / "entrypoints") for name in imports(path)
    }
    for package in imported - sys.stdlib_module_names - OURS:
        distributions = {canonicalize_name(name) for name in providing[BROUGHT_ALONG.get(package, package)]}
        assert distributions & declared, package
