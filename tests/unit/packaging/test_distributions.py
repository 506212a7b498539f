"""What the two distributions of this tree pack, that the domain stands on its own, and what the lock files may say.

Everything is built offline, with the backend that is installed, into temporary folders.
"""

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
SRC = ROOT / "src"
DOMAIN = SRC / "user_domain"
TOP_LEVEL = {"user_domain", "adapters", "entrypoints"}
LOCKS = sorted(ROOT.glob("requirements/*.txt"))

# These tests run once more where nothing is installed but the domain's wheel, these tools and what the tools require.
DOMAIN_TESTS = ROOT / "tests/unit/user_domain"
TEST_TOOLS = ["pytest", "pytest-asyncio", "hypothesis"]
PYTEST_INI = f"""\
[pytest]
addopts = -q -p no:cacheprovider --import-mode=importlib
pythonpath = {ROOT}
asyncio_mode = auto
asyncio_default_fixture_loop_scope = session
asyncio_default_test_loop_scope = session
filterwarnings = error
"""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def build_wheel(source: Path, into: Path, *how: str) -> Path:
    run(sys.executable, "-m", "build", "--no-isolation", *how, "--outdir", into, source, cwd=into)
    (wheel,) = into.glob("*.whl")
    return wheel


def packed(wheel: Path) -> set[str]:
    """The files in a wheel, apart from its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def in_the_tree(package: Path) -> set[str]:
    """The files of a package, named as in a wheel."""
    files = (path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(SRC).as_posix() for path in files}


# --- The domain -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def domain_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(DOMAIN, tmp_path_factory.mktemp("domain"), "--wheel")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, domain_wheel: Path) -> Path:
    """An environment that holds the domain's wheel and nothing else, not even pip."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--isolated", "--python", str(python_of(folder))]
    run(*pip, "install", "--no-index", "--no-deps", domain_wheel, cwd=folder)
    return folder


def python_of(environment: Path) -> Path:
    return Path(sysconfig.get_path("scripts", "venv", vars={"base": str(environment)}), "python")


def test_the_domain_packs_its_own_files_and_nothing_else(domain_wheel: Path) -> None:
    files = in_the_tree(DOMAIN) - {"user_domain/pyproject.toml", "user_domain/README.md"}
    assert "user_domain/py.typed" in files
    assert packed(domain_wheel) == files


def test_its_source_distribution_builds_the_same_wheel(domain_wheel: Path, tmp_path: Path) -> None:
    wheel_from_sdist = build_wheel(DOMAIN, tmp_path)  # without --wheel: the sdist first, then the wheel out of it
    assert len(list(tmp_path.glob("*.tar.gz"))) == 1
    assert packed(wheel_from_sdist) == packed(domain_wheel)


def test_the_domain_imports_alone(domain_wheel: Path, bare: Path) -> None:
    files = (file for file in packed(domain_wheel) if file.endswith(".py"))
    names = {re.sub(r"(/__init__)?\.py$", "", file).replace("/", ".") for file in files}
    modules = sorted(name for name in names if not name.startswith("user_domain.testing"))  # that needs pytest
    code = "import importlib, sys; print(*(importlib.import_module(name).__file__ for name in sys.argv[1:]), sep='\\n')"
    imported = run(python_of(bare), "-I", "-W", "error", "-c", code, *modules, cwd=bare).splitlines()
    assert len(imported) == len(modules) > 0
    assert all(Path(file).is_relative_to(bare) for file in imported)


@pytest.mark.heavy
def test_its_tests_pass_with_nothing_but_test_tools(bare: Path) -> None:
    ini = bare / "pytest.ini"
    ini.write_text(PYTEST_INI)
    copy_installed(TEST_TOOLS, Path(sysconfig.get_path("purelib", "venv", vars={"base": str(bare)})))
    # The conftest.py files above DOMAIN_TESTS belong to the whole service: they stay out.
    where: list[str | Path] = ["-c", ini, "--rootdir", ROOT, "--confcutdir", DOMAIN_TESTS, DOMAIN_TESTS]
    assert " passed" in run(python_of(bare), "-I", "-B", "-m", "pytest", *where, cwd=bare)


def copy_installed(names: list[str], target: Path) -> None:
    """Install distributions and what they require from the running environment: the network is not needed."""
    done = set()
    while names:
        name = canonicalize_name(names.pop())
        if name in done:
            continue
        done.add(name)
        distribution = importlib.metadata.distribution(name)
        for file in distribution.files or []:
            if ".." not in file.parts and file.suffix != ".pyc":
                to = target / file
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(Path(str(file.locate())).read_bytes())
        required = (Requirement(line) for line in distribution.requires or [])
        names = names + [it.name for it in required if it.marker is None or it.marker.evaluate({"extra": ""})]


# --- The service ----------------------------------------------------------------------------------------------------


def test_the_service_packs_adapters_and_entry_points(tmp_path: Path) -> None:
    files = in_the_tree(SRC / "adapters") | in_the_tree(SRC / "entrypoints")
    assert packed(build_wheel(ROOT, tmp_path, "--wheel")) == files


@pytest.mark.parametrize("name", sorted(TOP_LEVEL))
def test_the_sources_of_this_tree_are_what_is_imported(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations == [str(SRC / name)]


def test_no_dependency_brings_a_package_of_our_names() -> None:
    for distribution in importlib.metadata.distributions():
        names = {file.parts[0].removesuffix(".py") for file in distribution.files or []}
        assert not names & TOP_LEVEL, distribution.name


# --- The lock files -------------------------------------------------------------------------------------------------

PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.+!]+)( ; [\w .<>=!']+)?( --hash=sha256:[0-9a-f]{64})+")


def pins(lock: Path) -> dict[str, str]:
    """Name and version of what a lock file holds. A line of any other form, such as an option or a path, fails."""
    lines = re.sub(r" *\\\n *", " ", lock.read_text()).splitlines()
    found = [PIN.fullmatch(line) or pytest.fail(f"{lock.name}: {line}") for line in lines if not line.startswith("#")]
    return {pin["name"]: pin["version"] for pin in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_names_versions_and_hashes_only(lock: Path) -> None:
    assert pins(lock)
    assert "/" not in lock.read_text()  # no address and no path in the comments either


def test_the_locks_fit_the_ranges() -> None:
    """Whoever changes a range runs `make lock`."""
    dev, heavy, runtime = (pins(ROOT / f"requirements/{name}.txt") for name in ("dev", "heavy", "runtime"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = [Requirement(line) for line in project["project"]["dependencies"]]
    tools = [Requirement(line) for line in project["dependency-groups"]["dev"]]
    tools += [Requirement(line) for line in project["project"]["optional-dependencies"]["embedded"]]

    for requirement in needed:
        if requirement.name != "ecommerce-user-domain":  # comes from this tree
            assert runtime[canonicalize_name(requirement.name)] in requirement.specifier
    for requirement in tools:
        assert dev[canonicalize_name(requirement.name)] in requirement.specifier
    for requirement in map(Requirement, project["dependency-groups"]["heavy"]):
        assert heavy[canonicalize_name(requirement.name)] in requirement.specifier
    assert runtime.items() <= dev.items()
