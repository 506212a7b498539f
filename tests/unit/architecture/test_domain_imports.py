"""The domain imports the standard library and itself, and its testing kit pytest besides; nothing else there is."""

from __future__ import annotations

import ast
import sys

from tests.unit.architecture.sources import SRC, called, imports, python_files, tree

DOMAIN = SRC / "user_domain"
TESTING = DOMAIN / "testing"
RULES = [path for path in python_files(DOMAIN) if not path.is_relative_to(TESTING)]
ALLOWED = sys.stdlib_module_names | {"user_domain"}


def test_there_are_rules_and_a_testing_kit() -> None:
    assert len(RULES) > 30
    assert len(python_files(TESTING)) > 20


def test_the_domain_imports_the_standard_library_and_itself() -> None:
    for path in RULES:
        assert [name for name in imports(path) if name.partition(".")[0] not in ALLOWED] == [], called(path)


def test_its_testing_kit_imports_pytest_besides() -> None:
    allowed = ALLOWED | {"pytest"}
    for path in python_files(TESTING):
        assert [name for name in imports(path) if name.partition(".")[0] not in allowed] == [], called(path)


def test_the_rules_do_not_know_the_testing_kit() -> None:
    for path in RULES:
        assert [name for name in imports(path) if name.startswith("user_domain.testing")] == [], called(path)


def test_no_import_hides_in_a_call() -> None:
    hidden = {"__import__", "import_module", "exec", "eval", "find_spec"}
    for path in python_files(DOMAIN):
        names = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
        attributes = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        assert (names | attributes) & hidden == set(), called(path)
