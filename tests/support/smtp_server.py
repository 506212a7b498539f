"""A real SMTP server, as a process of its own that can be stopped, killed, and held at any stage of a delivery.

It takes mail for everybody but those whose local part says otherwise:

| recipient (the first two also as a sender) | what happens |
|---|---|
| `…-450@…`, `…-550@…`, any 4xx or 5xx | refused at RCPT (at MAIL) with this code |
| `…-421@…` | the same, and the server hangs up |
| `…-data-554@…` | refused when all of the mail has been sent |
| `slow@…` | RCPT is never answered |
| `…-noquit@…` | the mail is taken, QUIT is never answered |
| `…-hangup@…` | the mail is taken, then the server hangs up instead of answering QUIT |

A file `pause-at-<stage>` in the folder `control` makes it wait at that stage until the file is gone; when it gets there
it creates `reached-<stage>`, and `left-<stage>` if the client hangs up meanwhile. The stages: `connect`, `mail`,
`rcpt`, `data` (all of the mail has come, nothing is stored), `after-data` (it is stored, the 250 is not sent yet).

    with smtp_server(tmp_path, tls="starttls", user="shop", password="secret") as server:
        ... server.url() ...
        (mail,) = server.mails()
"""

from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import re
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import quote
from weakref import WeakKeyDictionary

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

Tls: TypeAlias = Literal["none", "starttls", "implicit"]
Stage: TypeAlias = Literal["connect", "mail", "rcpt", "data", "after-data"]

_ROOT = Path(__file__).parents[2]
_HOST = "127.0.0.1"
_PATIENCE = 30.0  # seconds; only ever spent by a test that fails
_POLL = 0.01
_REFUSED = re.compile(r".*-(?P<code>[45]\d\d)@.*")
_PATH = re.compile(r"\s*<(?P<address>[^<>]*)>(?P<options>.*)")
_REFUSED_AFTER_DATA = re.compile(r".*-data-(?P<code>[45]\d\d)@.*")


# --- For tests --------------------------------------------------------------------------------------------------------


class SmtpServer:
    """A server on loopback, and what it has in its folder. It outlives neither the context nor this process."""

    def __init__(self, folder: Path, port: int, arguments: list[str], credentials: tuple[str, str] | None) -> None:
        self.folder = folder
        self.host = _HOST
        self.port = port
        self.ca_file: Path | None = None
        """Whom to trust so that the server can be; None without TLS."""
        self.scheme = "smtp"
        self._arguments = arguments
        self._credentials = credentials
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("mails", "control"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def url(self, *, starttls: str | None = None, trusted: bool = True) -> str:
        """What to put into SMTP_URL; with `trusted=False`, without the certificate authority."""
        login = "".join(f"{quote(user, safe='')}:{quote(password, safe='')}@" for user, password in self._logins())
        options = [f"starttls={starttls}"] if starttls else []
        if trusted and self.ca_file is not None:
            options.append(f"ca_file={quote(str(self.ca_file))}")
        return f"{self.scheme}://{login}{self.host}:{self.port}" + ("?" + "&".join(options) if options else "")

    def _logins(self) -> list[tuple[str, str]]:
        return [self._credentials] if self._credentials else []

    def mails(self) -> list[EmailMessage]:
        """What was taken, oldest first, with the envelope in the headers `X-Envelope-From` and `X-Envelope-To`."""
        return [_read(path) for path in sorted((self.folder / "mails").glob("*.eml"))]

    def recipients(self) -> list[str]:
        """Where they were to go, oldest first, letter by letter as the client said it."""
        return [_envelope(path)[1] for path in sorted((self.folder / "mails").glob("*.eml"))]

    def sources(self) -> list[bytes]:
        """The same as it came over the wire, without the envelope."""
        return [_content(path) for path in sorted((self.folder / "mails").glob("*.eml"))]

    def logins(self) -> list[str]:
        """Who tried to log in, successfully or not."""
        record = self.folder / "logins"
        return record.read_text().splitlines() if record.exists() else []

    def clear(self) -> None:
        """Forget every mail and every login."""
        for path in (*(self.folder / "mails").iterdir(), self.folder / "logins"):
            path.unlink(missing_ok=True)

    def pause(self, stage: Stage) -> None:
        """Make every delivery wait when it gets to this stage."""
        for what in ("reached", "left"):
            (self.folder / "control" / f"{what}-{stage}").unlink(missing_ok=True)
        (self.folder / "control" / f"pause-at-{stage}").touch()

    def resume(self, stage: Stage) -> None:
        """Let them go on."""
        (self.folder / "control" / f"pause-at-{stage}").unlink(missing_ok=True)

    def has_reached(self, stage: Stage) -> bool:
        """Whether a delivery has got to a stage that pauses, since it was told to."""
        return (self.folder / "control" / f"reached-{stage}").exists()

    def has_left(self, stage: Stage) -> bool:
        """Whether a client has hung up while it was kept waiting there."""
        return (self.folder / "control" / f"left-{stage}").exists()

    async def reached(self, stage: Stage) -> None:
        """Wait until a delivery gets there."""
        await self._until(f"reached-{stage}")

    async def left(self, stage: Stage) -> None:
        """Wait until a client that was kept waiting there has hung up."""
        await self._until(f"left-{stage}")

    async def _until(self, name: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        control = self.folder / "control"
        while not (control / name).exists():
            if time.monotonic() > deadline:
                there_is = sorted(path.name for path in control.iterdir())
                raise AssertionError(f"no {name}, but {there_is}; {self._log()}")
            await asyncio.sleep(_POLL)

    def start(self) -> None:
        """Start it, or start it again: on the same port, with the mails it had."""
        assert self._process is None, "it runs already"
        told_port = self.folder / "port"
        told_port.unlink(missing_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.support.smtp_server"),
                    *("--folder", str(self.folder), "--port", str(self.port), "--until-stdin-closes"),
                    *self._arguments,
                ],
                cwd=_ROOT,
                stdin=subprocess.PIPE,  # closed with this process, however it ends
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _PATIENCE
        while not told_port.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"it did not start: {self._log()}")
            time.sleep(_POLL)
        self.port = int(told_port.read_text())

    def stop(self) -> None:
        """End it; nothing if it has ended."""
        self._end("terminate")

    def kill(self) -> None:
        """End it so that it cannot do anything any more, not even answer."""
        self._end("kill")

    def _end(self, how: Literal["terminate", "kill"]) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        getattr(process, how)()
        process.wait(_PATIENCE)
        assert process.stdin is not None
        process.stdin.close()

    def _log(self) -> str:
        return (self.folder / "server.log").read_text()


@contextmanager
def smtp_server(  # what a server can be like
    folder: Path,
    *,
    port: int = 0,
    tls: Tls = "none",
    user: str | None = None,
    password: str = "",
    seven_bit: bool = False,
    greeting: str = "",
    certificate_for: str = _HOST,
) -> Iterator[SmtpServer]:
    """A server that listens. Everything it has is in the folder; with `port=0` it takes one that is free.

    With a `user` it takes mail only after a login, encrypted or not. With `seven_bit` it knows neither 8BITMIME nor
    SMTPUTF8 and refuses what is not ASCII. With a `greeting` (`554 no`) it says that and hangs up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [f"--tls={tls}", f"--greeting={greeting}", *(["--seven-bit"] if seven_bit else [])]
    if user is not None:
        arguments += [f"--user={user}", f"--password={password}"]
    server = SmtpServer(folder, port, arguments, None if user is None else (user, password))
    if tls != "none":
        server.ca_file = folder / "ca.pem"
        if not server.ca_file.exists():
            authority = trustme.CA()
            authority.cert_pem.write_to_path(server.ca_file)
            authority.issue_cert(certificate_for).private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    if tls == "implicit":
        server.scheme = "smtps"
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _content(path: Path) -> bytes:
    return path.read_bytes().split(b"\r\n", 2)[2]


def _envelope(path: Path) -> tuple[str, str]:
    sender, recipients = path.read_bytes().decode("utf-8", "replace").split("\r\n")[:2]
    return sender.partition(": ")[2], recipients.partition(": ")[2]


# --- The process ------------------------------------------------------------------------------------------------------


class _Desk:
    """Where the server keeps what it takes, and is told to wait."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    async def stage(self, name: Stage) -> None:
        pause = self._folder / "control" / f"pause-at-{name}"
        if pause.exists():
            (self._folder / "control" / f"reached-{name}").touch()
            try:
                while pause.exists():  # noqa: ASYNC110 - what happens in another process sets no event
                    await asyncio.sleep(_POLL)
            except asyncio.CancelledError:
                (self._folder / "control" / f"left-{name}").touch()
                raise

    def store(self, envelope: Envelope) -> None:
        self._count += 1
        path = self._folder / "mails" / f"{time.time_ns():020d}-{self._count:06d}.eml"
        part = path.with_suffix(".part")
        part.write_bytes(
            f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n".encode()
            + (envelope.original_content or b"")
        )
        part.rename(path)

    def note_login(self, user: str) -> None:
        with (self._folder / "logins").open("a") as record:
            record.write(f"{user}\n")


class _Answers:
    """What it answers to the commands (hooks of aiosmtpd, which finds them by their names)."""

    def __init__(self, desk: _Desk) -> None:
        self._desk = desk
        self._strange: WeakKeyDictionary[Session, str] = WeakKeyDictionary()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._desk.stage("mail")
        if refused := await self._refused(server, address):
            return refused
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._desk.stage("rcpt")
        if address.startswith("slow@"):
            await asyncio.Event().wait()
        if not _REFUSED_AFTER_DATA.fullmatch(address) and (refused := await self._refused(server, address)):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        await self._desk.stage("data")
        for address in envelope.rcpt_tos:
            if match := _REFUSED_AFTER_DATA.fullmatch(address):
                return f"{match['code']} 5.6.0 <{address}> does not like it"
            if "-noquit@" in address or "-hangup@" in address:
                self._strange[session] = address
        self._desk.store(envelope)
        await self._desk.stage("after-data")
        return "250 2.0.0 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        strange = self._strange.get(session, "")
        if "-noquit@" in strange:
            await asyncio.Event().wait()
        if "-hangup@" in strange:
            _hang_up(server)
        return "221 2.0.0 Bye"

    async def _refused(self, server: SMTP, address: str) -> str | None:
        match = _REFUSED.fullmatch(address)
        if match is None:
            return None
        answer = f"{match['code']} {match['code'][0]}.1.1 <{address}> is not wanted here"
        if match["code"] == "421":
            await server.push(answer)
            _hang_up(server)
        return answer


class _Server(SMTP):
    """aiosmtpd, with a stage before the greeting."""

    def __init__(self, desk: _Desk, greeting: str, **options: Any) -> None:
        super().__init__(_Answers(desk), hostname="mail.example.test", **options)
        self._desk = desk
        self._greeting = greeting

    async def _handle_client(self) -> None:
        await self._desk.stage("connect")
        if self._greeting:
            await self.push(self._greeting)
            _hang_up(self)
            return
        await super()._handle_client()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address as it came: aiosmtpd's own parser decodes RFC 2047 in it, which SMTP knows nothing of."""
        match = _PATH.fullmatch(arg)
        return (match["address"], match["options"]) if match else (None, None)


def _hang_up(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()


async def _serve(arguments: argparse.Namespace) -> None:
    folder = Path(arguments.folder)
    desk = _Desk(folder)
    tls = None
    if arguments.tls != "none":
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(folder / "server.pem")

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        desk.note_login(data.login.decode())
        right = (data.login.decode(), data.password.decode()) == (arguments.user, arguments.password)
        return AuthResult(success=right, handled=False)

    def connected() -> _Server:
        return _Server(
            desk,
            arguments.greeting,
            tls_context=tls if arguments.tls == "starttls" else None,
            authenticator=check if arguments.user else None,
            auth_required=bool(arguments.user),
            # Implicit TLS is unknown to aiosmtpd's own check; and without TLS, a client must not log in by itself.
            auth_require_tls=False if arguments.user else arguments.tls == "starttls",
            auth_exclude_mechanism=[] if arguments.user else ["LOGIN", "PLAIN"],
            decode_data=arguments.seven_bit,
            enable_SMTPUTF8=not arguments.seven_bit,
            loop=loop,
        )

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        connected, _HOST, arguments.port, ssl=tls if arguments.tls == "implicit" else None
    )
    (folder / "port.part").write_text(str(listening.sockets[0].getsockname()[1]))
    (folder / "port.part").rename(folder / "port")
    if arguments.until_stdin_closes:
        closed = asyncio.Event()
        loop.add_reader(sys.stdin, closed.set)
        await closed.wait()
    else:
        await asyncio.Event().wait()


def _main() -> None:
    parser = argparse.ArgumentParser(description="An SMTP server for tests.")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--greeting", default="")
    parser.add_argument("--seven-bit", action="store_true")
    parser.add_argument("--until-stdin-closes", action="store_true")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    _main()
