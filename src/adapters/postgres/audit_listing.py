"""The statement of the list of audit entries, composed for what is looked for.

As for the list of users (`user_listing.py`): put together from the constants below, while everything that came from
outside is a bound parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from adapters.postgres.statements import statements
from user_domain.entities.audit_entry import AuditAction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from user_domain.ports.audit_queries import AuditCriteria, AuditPosition

_ENTRY = sql.SQL(statements("columns")["audit_entry"])
_KNOWN = [action.value for action in AuditAction]

_PAGE = sql.SQL("""
with page as materialized (
    select e.* from {entries} order by e.at desc, e.id desc limit %(limit)s
)
select {entry} from page e order by e.at desc, e.id desc
""")

_ALL = sql.SQL("audit_entries e where {conditions}")

_OF_MONTH = sql.SQL("""
(select e.* from audit_entries e
  where e.ip_tag = {tag} and e.at >= {begins} and e.at < {ends} and {conditions}
  order by e.at desc, e.id desc limit %(limit)s)
""")
"""Each month by itself, with its bounds, so that the planner knows how frequent the address is in it, and finds what is
frequent in order.
"""


@dataclass(frozen=True, slots=True)
class TaggedMonth:
    """What an IP address is called in a month, from when on and until when."""

    begins: datetime
    ends: datetime
    tag: bytes


def page(
    criteria: AuditCriteria, after: AuditPosition | None, *, limit: int, months: Sequence[TaggedMonth] = ()
) -> tuple[sql.Composed, dict[str, Any]]:
    """The statement for a page, and its parameters; by IP address it looks through these months, at least one."""
    conditions = sql.SQL(" and ").join(_conditions(criteria, after))
    parameters: dict[str, Any] = {
        "known": _KNOWN,
        "actor_id": criteria.actor_id,
        "target_id": criteria.target_id,
        "action": criteria.action and criteria.action.value,
        "since": criteria.since,
        "until": criteria.until,
        "after_at": after and after.at,
        "after_id": after and after.id,
        "limit": limit,
    }
    if criteria.ip_address is None:
        entries = _ALL.format(conditions=conditions)
    else:
        entries = sql.SQL("({}) e").format(sql.SQL("union all").join(_of_months(len(months), conditions)))
        for number, month in enumerate(months):
            parameters |= {
                f"begins_{number}": month.begins,
                f"ends_{number}": month.ends,
                f"tag_{number}": month.tag,
            }
    return _PAGE.format(entry=_ENTRY, entries=entries), parameters


def _of_months(count: int, conditions: sql.Composable) -> Iterator[sql.Composed]:
    for number in range(count):
        yield _OF_MONTH.format(
            tag=sql.Placeholder(f"tag_{number}"),
            begins=sql.Placeholder(f"begins_{number}"),
            ends=sql.Placeholder(f"ends_{number}"),
            conditions=conditions,
        )


def _conditions(criteria: AuditCriteria, after: AuditPosition | None) -> Iterator[sql.SQL]:
    if criteria.action is None:
        yield sql.SQL("e.action = any(%(known)s)")
    else:
        yield sql.SQL("e.action = %(action)s")
    if criteria.actor_id is not None:
        yield sql.SQL("e.actor_id = %(actor_id)s")
    if criteria.target_id is not None:
        yield sql.SQL("e.target_id = %(target_id)s")
    if criteria.since is not None:
        yield sql.SQL("e.at >= %(since)s")
    if criteria.until is not None:
        yield sql.SQL("e.at < %(until)s")
    if after is not None:
        # The first line lets the planner leave out months, which it does not see through a pair.
        yield sql.SQL("e.at <= %(after_at)s")
        yield sql.SQL("(e.at, e.id) < (%(after_at)s, %(after_id)s)")
