"""What it costs to write, seal and verify the audit trail: `.venv/bin/python bench/audit_seals.py`.

Starts an embedded database (durable, as in production), fills it with entries past the service, seals and verifies them
all; then writes beside the sealer. Take ratios, not absolutes: all of it shares the machine.
"""

from __future__ import annotations

import asyncio
import os
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.ed25519.audit_signer import Ed25519AuditSigner
from adapters.ed25519.keys import new_private_key, private_key_from
from adapters.ed25519.signature_verifier import Ed25519SignatureVerifier
from adapters.postgres.audit_evidence import PostgresAuditEvidence
from adapters.postgres.audit_keys import AuditKeys
from adapters.postgres.database import Database
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.system.clock import SystemClock
from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.policies.audit_proof import merkle_root
from user_domain.use_cases.audit.seal_audit_trail import ENTRIES_AT_ONCE, SealAuditTrail
from user_domain.use_cases.audit.verify_audit_trail import VerifyAuditTrail
from user_domain.value_objects.calendar import Calendar
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from user_domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

ENTRIES = int(os.environ.get("ENTRIES", "1000000"))
SECONDS = float(os.environ.get("SECONDS", "10"))
WRITERS = 8
PART = 50_000
CLIENT = ClientInfo(ip_address="203.0.113.7", user_agent="Mozilla/5.0 (X11; Linux x86_64)", request_id="a-request")

FILL = """
    with added as (
        insert into audit_entries (at, action, target_id, origin, ip_tag)
        select now() - n * interval '1 second', 'session:login:failure', n, decode(repeat(md5(n::text), 3), 'hex'),
               decode(md5((n %% 1000)::text), 'hex')
          from generate_series(%(first)s::integer, %(last)s::integer) n
        returning id, at
    )
    insert into audit_unsealed (entry_id, at) select id, at from added
"""


def main() -> None:
    """Make a database, and measure."""
    with tempfile.TemporaryDirectory(prefix="user-service-bench-") as name:
        Path(name).chmod(0o755)
        with EmbeddedPostgres(Path(name) / "home") as server:
            migrate(server.admin_url)
            asyncio.run(run(server.admin_url))


async def run(conninfo: str) -> None:
    """Measure on this database."""
    database = Database(conninfo)
    await database.open()
    keys = AuditKeys(database, keys=[b"thirty-two bytes, for nobody ..."])
    private_key = private_key_from(new_private_key().encode())

    def unit_of_work() -> UnitOfWork:
        return PostgresUnitOfWork(database, audit_keys=keys, name_key=b"a key", calendar=Calendar())

    sealing = SealAuditTrail(unit_of_work=unit_of_work, signer=Ed25519AuditSigner(private_key), clock=SystemClock())
    verifying = VerifyAuditTrail(
        evidence=PostgresAuditEvidence(database), signatures=Ed25519SignatureVerifier([private_key.public_key()])
    )

    began = time.perf_counter()
    for first in range(1, ENTRIES + 1, PART):
        await database.execute(FILL, {"first": first, "last": min(first + PART - 1, ENTRIES)})
    show("filled with entries", ENTRIES / (time.perf_counter() - began), "/s")

    digests = [os.urandom(32) for _ in range(ENTRIES_AT_ONCE)]
    began = time.perf_counter()
    merkle_root(digests)
    show(f"a root of {ENTRIES_AT_ONCE}", (time.perf_counter() - began) * 1000, "ms")

    began, sealed = time.perf_counter(), await sealing.execute()
    while not sealed.is_done:
        sealed = await sealing.execute()
    show("sealed", ENTRIES / (time.perf_counter() - began), "/s")

    began = time.perf_counter()
    found = await verifying.execute(heads={}, tell=lambda _: None)
    show("verified", found.entries / (time.perf_counter() - began), "/s")
    show("seals", found.seals, "")
    show("faults", len(found.faults), "")
    show("memory at most", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")

    show("written alone", await written(unit_of_work), "/s")
    stop = asyncio.Event()
    sealer = asyncio.create_task(seal_until(stop, sealing))
    show("written beside the sealer", await written(unit_of_work), "/s")
    stop.set()
    await sealer
    await database.close()


async def written(unit_of_work: UnitOfWorkFactory) -> float:
    """Entries a second, each in a transaction of its own."""
    deadline = time.perf_counter() + SECONDS

    async def write() -> int:
        count = 0
        while time.perf_counter() < deadline:
            async with unit_of_work() as work:
                entry = AuditEntry(
                    action=AuditAction.SESSION_LOGIN_FAILURE,
                    at=datetime.now(UTC),
                    actor_id=None,
                    target_id=None,
                    client=CLIENT,
                )
                await work.audit.append(entry)
                await work.commit()
            count += 1
        return count

    return sum(await asyncio.gather(*(write() for _ in range(WRITERS)))) / SECONDS


async def seal_until(stop: asyncio.Event, sealing: SealAuditTrail) -> None:
    """Seal all the time, far more often than a worker does."""
    while not stop.is_set():
        await sealing.execute()
        await asyncio.sleep(0.1)


def show(what: str, number: float, unit: str) -> None:
    """One line."""
    print(f"{what:30} {number:14,.1f} {unit}", flush=True)


if __name__ == "__main__":
    main()
