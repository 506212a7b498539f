"""Every port is small, documented and abstract; it has a contract, a reference adapter and a real one, both proven.

To add a port: its Protocol in `user_domain/ports/`, `<Port>Contract` in `user_domain/testing/contracts/`,
`InMemory<Port>` in `user_domain/testing/in_memory/`, `<Technology><Port>` in `adapters/`, and for each of these two a
class of tests that is called after it and inherits the contract.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from functools import cache

import pytest

from tests.unit.architecture.sources import SRC, TESTS, classes, imported_module, python_files, tree
from user_domain.testing.contracts.contract import Contract

PORTS_FOLDER = SRC / "user_domain" / "ports"
FILES = {imported_module(path).__name__: path for path in python_files(PORTS_FOLDER) if path.name != "__init__.py"}
PORTS: list[type] = [cls for cls in classes(PORTS_FOLDER) if getattr(cls, "_is_protocol", False)]
REAL: list[type] = [cls for cls in classes(SRC / "adapters") if set(cls.__mro__) & set(PORTS)]
IN_MEMORY: list[type] = [cls for cls in classes(SRC / "user_domain/testing/in_memory") if set(cls.__mro__) & set(PORTS)]

each_port = pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)


def definition(port: type) -> ast.ClassDef:
    """A port as it is written: at run time a Protocol has more methods than its own."""
    found = [node for node in tree(FILES[port.__module__]).body if isinstance(node, ast.ClassDef)]
    return next(node for node in found if node.name == port.__name__)


def methods(port: type) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in definition(port).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def port_of(adapter: type) -> type:
    (port,) = set(adapter.__mro__) & set(PORTS)
    return port


def contract_of(port: type) -> type[Contract]:
    module = importlib.import_module(port.__module__.replace(".ports.", ".testing.contracts."))
    contract: type[Contract] = getattr(module, f"{port.__name__}Contract")
    return contract


@cache
def suites(*folders: str) -> dict[str, str]:
    """Every class of tests below these folders that keeps a contract: its name, and the contract's."""
    return {
        node.name: base.attr if isinstance(base, ast.Attribute) else base.id
        for path in python_files(*(TESTS / folder for folder in folders))
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test")
        for base in node.bases
        if isinstance(base, ast.Name | ast.Attribute) and ast.unparse(base).endswith("Contract")
    }


# --- The port ---------------------------------------------------------------------------------------------------------


def test_every_file_holds_one_port() -> None:
    assert sorted(port.__module__ for port in PORTS) == sorted(FILES)


@each_port
def test_a_port_has_one_to_six_methods(port: type) -> None:
    assert 1 <= len(methods(port)) <= 6


@each_port
def test_every_method_is_abstract_so_that_no_adapter_can_forget_one(port: type) -> None:
    for method in methods(port):
        assert [ast.unparse(decorator) for decorator in method.decorator_list] == ["abstractmethod"], method.name


@each_port
def test_a_port_and_its_methods_say_what_is_promised(port: type) -> None:
    assert ast.get_docstring(definition(port))
    for method in methods(port):
        # What Python itself calls is explained by the class as a whole.
        assert ast.get_docstring(method) or method.name.startswith("__"), method.name


@each_port
def test_besides_methods_a_port_has_nothing_but_declared_parts(port: type) -> None:
    _docstring, *rest = definition(port).body
    for node in rest:
        if node in methods(port):
            continue
        assert isinstance(node, ast.AnnAssign), ast.unparse(node)
        assert node.value is None, ast.unparse(node)


# --- Its contract -----------------------------------------------------------------------------------------------------


@each_port
def test_a_port_has_a_contract_of_tests(port: type) -> None:
    contract = contract_of(port)
    assert issubclass(contract, Contract)
    assert [name for name in vars(contract) if name.startswith("test_")]
    assert "fixture" in (contract.__doc__ or ""), "a contract says what it needs"


def test_every_contract_belongs_to_a_port() -> None:
    contracts = {cls for cls in classes(SRC / "user_domain/testing/contracts") if issubclass(cls, Contract)}
    assert contracts - {Contract} == {contract_of(port) for port in PORTS}


# --- Its adapters -----------------------------------------------------------------------------------------------------


@each_port
def test_a_port_has_a_reference_adapter_in_memory_in_the_file_of_the_same_name(port: type) -> None:
    module = importlib.import_module(port.__module__.replace(".ports.", ".testing.in_memory."))
    adapter = getattr(module, f"InMemory{port.__name__}")
    assert port in adapter.__bases__


@each_port
def test_a_port_has_a_real_adapter(port: type) -> None:
    assert [cls for cls in REAL if port in cls.__bases__]


@pytest.mark.parametrize("adapter", [*IN_MEMORY, *REAL], ids=lambda adapter: adapter.__name__)
def test_an_adapter_is_called_after_its_port_and_has_all_of_it(adapter: type) -> None:
    port = port_of(adapter)
    assert adapter.__name__.endswith(port.__name__)
    assert adapter.__name__ != port.__name__
    assert not inspect.isabstract(adapter)
    for method in methods(port):
        assert inspect.iscoroutinefunction(getattr(adapter, method.name)) == isinstance(method, ast.AsyncFunctionDef)


@pytest.mark.parametrize("adapter", IN_MEMORY, ids=lambda adapter: adapter.__name__)
def test_a_reference_adapter_is_proven_by_the_contract_of_its_port(adapter: type) -> None:
    proven = [contract for name, contract in suites("unit/user_domain").items() if adapter.__name__ in name]
    assert contract_of(port_of(adapter)).__name__ in proven


@pytest.mark.parametrize("adapter", REAL, ids=lambda adapter: adapter.__name__)
def test_a_real_adapter_is_proven_by_the_contract_of_its_port(adapter: type) -> None:
    proven = [
        contract
        for name, contract in suites("unit/adapters", "integration/adapters").items()
        if adapter.__name__ in name
    ]
    assert contract_of(port_of(adapter)).__name__ in proven
