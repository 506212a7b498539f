"""The audit trail on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.schemas.common import IdInPath, Moment, Timestamp
from user_domain.entities.audit_entry import AuditAction
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.value_objects.client_info import parse_ip_address
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import RecordedEntry
    from user_domain.entities.audit_seal import Seal

_UserId = Annotated[IdInPath, Field(ge=1, le=2**31 - 1)]


class AuditQuery(BaseModel):
    """Which entries are looked for, and which part of them."""

    model_config = ConfigDict(frozen=True)

    actor_id: _UserId | None = Field(None, description="Whoever did it.", examples=[7])
    target_id: _UserId | None = Field(None, description="Whoever it was done to.", examples=[7])
    action: AuditAction | None = Field(None, examples=["user:block"])
    since: Moment | None = Field(
        None, alias="from", description="Then or later.", examples=["2026-03-14T00:00:00+01:00"]
    )
    until: Moment | None = Field(
        None,
        alias="to",
        description="Before. Not later than `from`, nothing is found.",
        examples=["2026-03-15T00:00:00+01:00"],
    )
    ip: str | None = Field(None, description="From this address, in any spelling.", examples=["203.0.113.7"])
    limit: int = Field(200, ge=1, le=200, description="How many on a page; means nothing to `text/csv`.")
    cursor: str | None = Field(
        None,
        max_length=500,
        description="Where a page begins; `Link` has that of the next one. Means nothing to `text/csv`.",
    )

    def criteria(self) -> AuditCriteria:
        """What is looked for, to the domain.

        Raises:
            InvalidInput: `ip` is no IP address.
        """
        return AuditCriteria(
            actor_id=None if self.actor_id is None else UserId(self.actor_id),
            target_id=None if self.target_id is None else UserId(self.target_id),
            action=self.action,
            since=self.since,
            until=self.until,
            ip_address=None if self.ip is None else parse_ip_address(self.ip),
        )

    def listing(self) -> dict[str, str]:
        """What makes it this list and not another, whatever part is asked for: the parameters of its next page."""
        named = self.model_dump(mode="json", by_alias=True, exclude={"limit", "cursor"}, exclude_none=True)
        return {name: str(value) for name, value in named.items()}


class FieldChangeResource(BaseModel):
    """A field before and after. Secrets are never among them."""

    field: str
    before: str | None
    after: str | None


class AuditEntryResource(BaseModel):
    """Something that happened. What identifies people is kept encrypted, and cannot be read any more once they are
    erased.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 4711,
                "at": "2026-03-14T15:09:26.535897Z",
                "action": "user:profile-change",
                "actor_id": 7,
                "target_id": 7,
                "ip_address": "203.0.113.7",
                "user_agent": "Storefront/2.1",
                "request_id": "b7ad6b7169203331",
                "reason": None,
                "changes": [{"field": "name", "before": "John Doe", "after": "John Roe"}],
                "address_digest": None,
                "is_erased": False,
            }
        }
    )

    id: int
    at: Timestamp
    action: AuditAction
    actor_id: int | None = Field(description="Null: nobody was recognised, or an operator at the command line.")
    target_id: int | None = Field(description="Null: no account was concerned.")
    ip_address: str | None
    user_agent: str | None
    request_id: str | None = Field(description="Leads to the logs.")
    reason: str | None = Field(None, description="The code of the problem that an attempt was refused with.")
    changes: list[FieldChangeResource]
    address_digest: str | None = Field(
        None,
        description="Stands for an e-mail address that nobody has: the same for the same one within a month (UTC).",
    )
    is_erased: bool = Field(description="Something of it cannot be read any more: where it came from, or what changed.")

    @classmethod
    def of(cls, recorded: RecordedEntry) -> AuditEntryResource:
        """An entry."""
        entry, client = recorded.entry, recorded.entry.client
        return cls.model_construct(
            id=recorded.id,
            at=entry.at,
            action=entry.action,
            actor_id=entry.actor_id,
            target_id=entry.target_id,
            ip_address=client.ip_address,
            user_agent=client.user_agent,
            request_id=client.request_id,
            reason=entry.reason,
            changes=[
                FieldChangeResource.model_construct(field=change.field, before=change.before, after=change.after)
                for change in entry.changes
            ],
            address_digest=recorded.address_digest,
            is_erased=recorded.is_erased,
        )


CSV_EXAMPLE = (
    '"id","at","action","actor_id","target_id","ip_address","user_agent","request_id","reason","changes",'
    '"address_digest","is_erased"\r\n'
    '"4711","2026-03-14T15:09:26.535897Z","user:profile-change","7","7","203.0.113.7","Storefront/2.1",'
    '"b7ad6b7169203331","","[{""field"": ""name"", ""before"": ""John Doe"", ""after"": ""John Roe""}]","","false"\r\n'
)


class AuditSealResource(BaseModel):
    """A seal over entries of one month (UTC), and the seal before it; signed with Ed25519. It tells of nobody."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 2,
                "month": "2026-03",
                "sealed_at": "2026-03-14T15:09:36.000000Z",
                "entries": 3,
                "root": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "previous": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "head": "bd1aff2639114e01e39c73174d34c46177d4be76f545a64ee7fa9bc191c64409",
                "key_id": "5df6e0e2761359d30a8275058e299fcc",
                "signature": "5b16c34be8907f16afbf90e85bf4c1d8c7b86ec01c334981188c74eaba6e8bcf"
                "0d522dc9269090405836f5b9255eb9dcb830093ebeb37ca294be2e0356aa5604",
                "statement": (
                    "user-service audit seal 1\n"
                    "number: 2\n"
                    "month: 2026-03\n"
                    "sealed_at: 2026-03-14T15:09:36.000000Z\n"
                    "entries: 3\n"
                    "root: 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d\n"
                    "previous: 96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7\n"
                    "key: 5df6e0e2761359d30a8275058e299fcc\n"
                ),
            }
        }
    )

    number: int = Field(description="From 1, without a gap.")
    month: str
    sealed_at: Timestamp
    entries: int
    root: str = Field(description="The Merkle root (RFC 9162 2.1.1) over the entries, in hex.")
    previous: str = Field(description="The head of the seal before, in hex.")
    head: str = Field(description="The SHA-256 of the statement, in hex: keep it elsewhere.")
    key_id: str
    signature: str = Field(description="Of the statement, in hex.")
    statement: str = Field(description="What is signed, to the letter.")

    @classmethod
    def of(cls, seal: Seal) -> AuditSealResource:
        """A seal."""
        statement = seal.statement
        return cls(
            number=statement.number,
            month=f"{statement.month:%Y-%m}",
            sealed_at=statement.sealed_at,
            entries=statement.entries,
            root=statement.root.hex(),
            previous=statement.previous.hex(),
            head=statement.head.hex(),
            key_id=statement.key_id,
            signature=seal.signature.hex(),
            statement=statement.text.decode(),
        )
