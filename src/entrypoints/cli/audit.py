"""`user-service audit`: proving the audit trail."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from adapters.ed25519.keys import key_id_of, public_key_from, public_pem
from adapters.files.audit_archive import FileAuditArchive
from entrypoints.audit_csv import as_csv
from entrypoints.cli import running
from user_domain.entities.audit_entry import AuditAction
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from entrypoints.application import Application
    from user_domain.entities.audit_seal import Retirement
    from user_domain.policies.audit_faults import Fault
    from user_domain.use_cases.audit.verify_audit_trail import AuditFindings, Progress

_LONGEST_KEY = 65_536
_LINE_EVERY = 100_000
"""Entries, where a line cannot be written over."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# What stands between a name and its value: in JSON, in JSON within JSON, in a log for people.
_SEAL = re.compile(r"\bseal\b[^0-9A-Za-z]{1,8}([1-9][0-9]{0,17})\b")
_HEAD = re.compile(r"\bhead\b[^0-9A-Za-z]{1,8}([0-9a-fA-F]{64})\b")


class _NotVerified(click.ClickException):
    """Not to be taken for a trail with faults."""

    exit_code = 2


@click.group()
def audit() -> None:
    """What proves that the audit trail is as it was."""


@audit.command("public-key")
def show_public_key() -> None:
    """Print the key that verifies the seals; on standard error, by which name they know it."""
    private_key = running.load_settings().audit_private_key
    if private_key is None:
        message = "AUDIT_SIGNING_KEY is not set"
        raise click.ClickException(message)
    public_key = private_key.public_key()
    click.echo(public_pem(public_key), nl=False)
    click.echo(f"key: {key_id_of(public_key)}", err=True)


@audit.command()
@click.option(
    "--public-key",
    "key_files",
    type=click.File("rb"),
    multiple=True,
    help="A file with a key that seals were made with (PEM); may be repeated. Else: the one of AUDIT_SIGNING_KEY.",
)
@click.option(
    "--heads",
    "heads_file",
    type=click.File("r", errors="replace"),
    help="Log lines that were kept elsewhere; those that tell of a seal are compared. `-`: standard input.",
)
@click.option(
    "--archive",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with months that were given up (`retain`): they are proven, too.",
)
def verify(*, key_files: tuple[IO[bytes], ...], heads_file: IO[str] | None, folder: Path | None) -> None:
    """Prove that every entry is as it was when it was sealed, that none is missing and none was slipped in. Works while
    the service runs.

    Status 0: all of it is as it was. 1: something is not, and it is said what. 2: it could not be verified.
    """
    keys = [_public_key(file) for file in key_files]
    heads, doubtful = _heads(heads_file) if heads_file is not None else ({}, [])
    loaded = running.load_settings()
    if not keys and loaded.audit_private_key is None:
        message = "AUDIT_SIGNING_KEY is not set: name the key that seals are verified with by --public-key"
        raise click.UsageError(message)
    given: dict[str, Any] = {"audit_public_keys": keys} if keys else {}
    if folder is not None:
        given["audit_archive"] = FileAuditArchive(folder)
    tell = _progress()

    async def work(application: Application) -> tuple[AuditFindings, int, tuple[Fault, ...]]:
        found = await application.verify_audit_trail.execute(heads=heads, tell=tell)
        archived = (0, ()) if folder is None else await application.verify_audit_archive.execute()
        return found, *archived

    try:
        found, archived, of_archive = running.run(loaded, work, **given)
    except click.ClickException as error:
        raise _NotVerified(error.message) from None
    finally:
        if sys.stderr.isatty():
            click.echo(err=True)  # what is said next stands in a line of its own
    lines = [_in_words(fault) for fault in (*found.faults, *of_archive)]
    lines += [f"seal {number}: two heads of it were logged" for number in doubtful]
    for line in lines:
        click.echo(line)
    if folder is not None:
        click.echo(f"Verified {_count(archived, 'entry', 'entries')} in the archive.")
    for line in _summary(found, faults=len(lines), heads=None if heads_file is None else len(heads)):
        click.echo(line)
    sys.exit(1 if lines else 0)


@audit.command()
@click.option("--actor-id", type=click.IntRange(min=1), help="Only what this user did.")
@click.option("--target-id", type=click.IntRange(min=1), help="Only what was done to this user.")
@click.option(
    "--action", type=click.Choice([action.value for action in AuditAction]), metavar="ACTION", help="Only this."
)
@click.option("--from", "since", type=click.DateTime(), help="Only from this moment (UTC) on.")
@click.option("--to", "until", type=click.DateTime(), help="Only before this moment (UTC).")
@click.option("--output", type=click.File("wb", atomic=True), default="-", help="A file; else standard output.")
def export(
    *,
    actor_id: int | None,
    target_id: int | None,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
    output: IO[bytes],
) -> None:
    """Write the trail as CSV, readable, the newest entry first. That it was exported is an entry, too. A file appears
    when it is whole.
    """
    criteria = AuditCriteria(
        actor_id=None if actor_id is None else UserId(actor_id),
        target_id=None if target_id is None else UserId(target_id),
        action=None if action is None else AuditAction(action),
        since=since and since.replace(tzinfo=UTC),
        until=until and until.replace(tzinfo=UTC),
    )

    async def write(application: Application) -> None:
        batches = await application.export_audit_entries.execute(actor=None, criteria=criteria, client=ClientInfo())
        async for lines in as_csv(batches):
            output.write(lines)

    running.run(running.load_settings(), write)


@audit.command()
@click.option(
    "--keep-months",
    type=click.IntRange(min=1),
    required=True,
    help="So many months before the present one are kept; older ones are given up.",
)
@click.option(
    "--archive",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder that months are written to before they are given up.",
)
@click.option(
    "--public-key",
    "key_files",
    type=click.File("rb"),
    multiple=True,
    help="A file with a key that seals were made with before the one of AUDIT_SIGNING_KEY (PEM); may be repeated.",
)
def retain(*, keep_months: int, folder: Path, key_files: tuple[IO[bytes], ...]) -> None:
    """Give up old months: each is proven, written to an archive, and only then taken out of the database. What is left
    verifies as before, and so do the archives. Works while the service runs; needs AUDIT_SIGNING_KEY, and the owner of
    the tables (DATABASE_MIGRATION_URL).
    """
    loaded = running.load_settings()
    if loaded.audit_private_key is None:
        message = "AUDIT_SIGNING_KEY is not set: it signs what was given up"
        raise click.ClickException(message)

    keys = [loaded.audit_private_key.public_key(), *map(_public_key, key_files)]

    async def work(application: Application) -> list[Retirement]:
        return await application.retire_audit_months.execute(keep_months=keep_months)

    given = {"audit_archive": FileAuditArchive(folder), "audit_public_keys": keys}
    retired = running.run(loaded, work, as_owner=True, **given)
    for retirement in retired:
        statement = retirement.statement
        entries = _count(statement.entries, "entry", "entries")
        click.echo(
            f"{statement.month:%Y-%m}: {entries} given up; SHA-256 of the archive: {statement.archive_digest.hex()}"
        )
    click.echo(f"{_count(len(retired), 'month', 'months')} given up.")


def _public_key(file: IO[bytes]) -> Ed25519PublicKey:
    try:
        return public_key_from(file.read(_LONGEST_KEY))
    except ValueError as error:
        message = f"{file.name}: {error}"
        raise click.UsageError(message) from None


def _heads(lines: Iterable[str]) -> tuple[dict[int, bytes], list[int]]:
    """The heads that log lines tell of, by the numbers of their seals; and the numbers of which they tell two."""
    heads: dict[int, bytes] = {}
    doubtful: set[int] = set()
    for line in lines:
        plain = _COLOURS.sub("", line)
        seal, head = _SEAL.search(plain), _HEAD.search(plain)
        if seal is None or head is None:
            continue
        number, digest = int(seal[1]), bytes.fromhex(head[1])
        if heads.setdefault(number, digest) != digest:
            doubtful.add(number)
    if not heads:
        message = "no line of the file with heads tells of a seal; they look like: audit sealed seal=1 … head=…"
        raise click.UsageError(message)
    return heads, sorted(doubtful)


def _progress() -> Callable[[Progress], None]:
    """Tells how far it is: over and over in one line on a terminal, elsewhere now and then."""
    told = 0
    is_terminal = sys.stderr.isatty()

    def tell(progress: Progress) -> None:
        nonlocal told
        if is_terminal:
            click.echo(f"\r{_so_far(progress)}", err=True, nl=False)
        elif progress.entries - told >= _LINE_EVERY:
            click.echo(_so_far(progress), err=True)
            told = progress.entries

    return tell


def _so_far(progress: Progress) -> str:
    return f"{progress.seals:,} seals, {progress.entries:,} entries …"


def _in_words(fault: Fault) -> str:
    named = {"seal": fault.seal, "entry": fault.entry, "month": fault.month}
    return f"{', '.join(f'{what} {which}' for what, which in named.items() if which is not None)}: {fault.kind}"


def _summary(found: AuditFindings, *, faults: int, heads: int | None) -> list[str]:
    lines = [
        f"Verified {_count(found.seals, 'seal', 'seals')} over {_count(found.entries, 'entry', 'entries')}.",
        f"{_count(found.waiting, 'entry waits', 'entries wait')} for a seal.",
        f"{_count(found.retired_months, 'month was', 'months were')} given up.",
    ]
    if found.last is not None:
        statement = found.last.statement
        lines.append(f"The last one: seal={statement.number} head={statement.head.hex()}")
    if heads is None:
        lines.append("Whether seals were cut off at the end is not known without --heads.")
    else:
        lines.append(f"Compared with {_count(heads, 'head', 'heads')}.")
    lines.append(f"{_count(faults, 'fault', 'faults')}." if faults else "No faults.")
    return lines


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
