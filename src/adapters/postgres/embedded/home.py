"""Where everything of one embedded server lives: its "home", which holds

cluster/            data/ (the server's account alone), passwords (ours alone)
binaries-…/         a copy of the programs, only where the account cannot reach the installed ones
server.log          emptied at every start
starting.lock       held alone by whoever starts or stops the server
users.lock          shared by all processes that use the server
server.lock         held by the processes of the server itself: free means that none of them lives
partial-…/          something half made; swept before the next start
"""

import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.postgres.embedded.account import ServerAccount
from adapters.postgres.embedded.errors import NoPlaceForData

_HOMES_FOR_ROOT = Path("/var/lib/user-service")
_LOCATION = "location"
_DISPOSABLE = "disposable"
_PARTIAL_PREFIX = "partial-"


def find_home(folder: Path, account: ServerAccount, *, lasting: bool) -> Path:
    """The home for the server of `folder`, made if need be: `folder` itself wherever that can be.

    As root it must be reachable for the server's account, and safe from people who could plant links in it. Where it is
    not, the home is a folder below /var/lib/user-service with a random name, to which the link `location` in `folder`
    points; nothing that is not ours ever gets other permissions. Once `folder` is gone, a later start removes such a
    home (see `abandoned_homes`), except where the data are to be `lasting` and `folder` was no temporary one.

    Raises:
        NoPlaceForData: The folder has a database that root must not use, or /var/lib/user-service or the link is not
            as we would have made it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _make_folder(folder, 0o700 if account.is_ours else 0o711)
    location = folder / _LOCATION
    if account.is_ours or (not location.is_symlink() and _suits(folder, account)):
        return folder
    if (folder / "cluster").exists():
        raise NoPlaceForData(
            f"{folder} holds a database that root cannot use: another user made it, or the account 'nobody' cannot "
            "reach it any more. Use that user, make its parent folders accessible again, or choose another folder."
        )

    _HOMES_FOR_ROOT.parent.mkdir(parents=True, exist_ok=True)
    _make_folder(_HOMES_FOR_ROOT, 0o711)
    if not _safe_from_others(_HOMES_FOR_ROOT):
        raise NoPlaceForData(f"{_HOMES_FOR_ROOT} can be changed by others than root; make root its only writer.")
    # A link and not a file, because it is made in one step: of several processes at once, one decides for all.
    with suppress(FileExistsError):
        location.symlink_to(_HOMES_FOR_ROOT / secrets.token_hex(16))
    home = location.readlink()
    if home.parent != _HOMES_FOR_ROOT or not re.fullmatch("[0-9a-f]{32}", home.name):
        raise NoPlaceForData(f"{location} does not point into {_HOMES_FOR_ROOT}; delete it to begin with no data.")
    _make_folder(home, 0o711)
    (home / _DISPOSABLE).unlink(missing_ok=True)
    if not lasting or folder.is_relative_to(Path(tempfile.gettempdir()).resolve()):
        with suppress(FileExistsError):
            (home / _DISPOSABLE).symlink_to(folder)
    return home


def abandoned_homes(account: ServerAccount) -> Iterator[Path]:
    """Disposable homes whose folder is gone. Lasting ones are kept: their folder may be renamed or not mounted."""
    for home in () if account.is_ours else _HOMES_FOR_ROOT.glob("*"):
        with suppress(OSError):
            location = (home / _DISPOSABLE).readlink() / _LOCATION
            if not (location.is_symlink() and location.readlink() == home):
                yield home


@contextmanager
def partial_folder(home: Path) -> Iterator[Path]:
    """A folder to make something in that is renamed once it is complete; otherwise nothing of it is left."""
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL_PREFIX, dir=home))
    try:
        partial.chmod(0o711)
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def sweep_partial_folders(home: Path) -> None:
    """Remove what a killed process left half made. Only while nobody else is making something."""
    for partial in home.glob(f"{_PARTIAL_PREFIX}*"):
        shutil.rmtree(partial, ignore_errors=True)


def _make_folder(path: Path, mode: int) -> None:
    """Make it with this mode whatever the umask; one that exists stays as it is."""
    umask = os.umask(0)
    try:
        path.mkdir(mode, exist_ok=True)
    finally:
        os.umask(umask)


def _suits(folder: Path, account: ServerAccount) -> bool:
    """Whether root may put a server of this account into `folder`."""
    # Only the kernel knows about groups, access lists and mounts, so it is asked, as that account.
    return _safe_from_others(folder) and account.run(["/bin/sh", "-c", '[ -x "$1" ]', "sh", folder]).returncode == 0


def _safe_from_others(folder: Path) -> bool:
    """Whether only root can put something into `folder`, or something else in its place."""
    real = folder.resolve()
    own, *above = (path.lstat() for path in (real, *real.parents))
    return (
        not own.st_mode & 0o022
        and all(not each.st_mode & 0o022 or each.st_mode & stat.S_ISVTX for each in above)
        and all(each.st_uid == 0 and stat.S_ISDIR(each.st_mode) for each in (own, *above))
    )
