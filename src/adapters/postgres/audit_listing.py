"""The statement of the list of audit entries, composed for what is looked for.

As for the list of users (`user_listing.py`): put together from the constants below, while everything that came from
outside is a bound parameter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from adapters.postgres.statements import statements
from user_domain.entities.audit_entry import AuditAction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from user_domain.ports.audit_queries import AuditCriteria, AuditPosition

_ENTRY = sql.SQL(statements("columns")["audit_entry"])
_KNOWN = [action.value for action in AuditAction]

_PAGE = sql.SQL("""
with page as materialized (
    select e.* from audit_entries e where {conditions} order by e.at desc, e.id desc limit %(limit)s
)
select {entry} from page e order by e.at desc, e.id desc
""")

_PAGE_BY_IP_ADDRESS = sql.SQL("""
with page as materialized (
    select e.*
      from unnest(%(begins)s::timestamptz[], %(ends)s::timestamptz[], %(tags)s::bytea[]) m (begins, ends, tag)
     cross join lateral (
        select e.* from audit_entries e
         where e.ip_tag = m.tag and e.at >= m.begins and e.at < m.ends and {conditions}
         order by e.at desc, e.id desc limit %(limit)s) e
     order by e.at desc, e.id desc limit %(limit)s
)
select {entry} from page e order by e.at desc, e.id desc
""")
"""An address has another tag each month: a page of each month that is asked for, and of those the first."""


def page(criteria: AuditCriteria, after: AuditPosition | None, *, limit: int) -> tuple[sql.Composed, dict[str, Any]]:
    """The statement for a page, and its parameters; by IP address those lack the months: `begins`, `ends`, `tags`."""
    statement = _PAGE if criteria.ip_address is None else _PAGE_BY_IP_ADDRESS
    conditions = sql.SQL(" and ").join(_conditions(criteria, after))
    parameters = {
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
    return statement.format(entry=_ENTRY, conditions=conditions), parameters


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
