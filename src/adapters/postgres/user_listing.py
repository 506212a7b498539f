"""The statements of the list of users, composed for what is looked for and how it is sorted.

`:x is null or …` would keep PostgreSQL from using its indexes, so each list has a statement of its own: put together
from the constants below, while everything that came from outside is a bound parameter. Why they look the way they do,
and what that was measured against, is in ADR 0023.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, LiteralString

from psycopg import sql

from adapters.postgres.statements import statements
from user_domain.ports.user_directory import Period
from user_domain.value_objects.account_status import AccountStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from user_domain.ports.user_directory import StatusTerms, UserCriteria, UserOrder, UserPosition
    from user_domain.value_objects.search_words import SearchWords

_USER = sql.SQL(statements("columns")["user"])

_KEYS: dict[str, sql.SQL] = {
    "id": sql.SQL("u.id"),
    "created_at": sql.SQL("u.created_at"),
    "last_login": sql.SQL("a.last_login_at"),
    "email": sql.SQL("u.email"),
}

_COLUMNS = sql.SQL("u.*")
_COLUMNS_AND_LOGIN = sql.SQL("u.*, a.last_login_at as logged_in_at")

# `offset 0` keeps the planner from turning a look-up for each row into a join that reads everything.
_USERS = sql.SQL("users u")
_USERS_WITH_LOGIN = sql.SQL("users u join user_activity a on a.user_id = u.id")
_USERS_THEN_LOGIN = sql.SQL(
    "users u cross join lateral"
    " (select l.user_id, l.last_login_at from user_activity l where l.user_id = u.id offset 0) a"
)
_LOGIN_THEN_USERS = sql.SQL(
    "user_activity a cross join lateral (select x.* from users x where x.id = a.user_id offset 0) u"
)

_OPEN: LiteralString = "u.blocked_at is null and (u.suspended_at is null or u.suspended_until <= %(at)s)"
_STATUSES: dict[AccountStatus, sql.SQL] = {
    AccountStatus.BLOCKED: sql.SQL("(u.blocked_at is not null)"),
    AccountStatus.SUSPENDED: sql.SQL(
        "(u.blocked_at is null and u.suspended_at is not null"
        " and (u.suspended_until is null or u.suspended_until > %(at)s))"
    ),
    AccountStatus.PENDING_VERIFICATION: sql.SQL(
        f"({_OPEN} and %(verified_email_required)s and u.email_verified_at is null)"
    ),
    AccountStatus.ACTIVE: sql.SQL(
        f"({_OPEN} and (not %(verified_email_required)s or u.email_verified_at is not null))"
    ),
}
"""What `AccessPolicy.status` says, as conditions; a contract test compares the two over every combination of facts."""

_PAGE_OF_ALL = sql.SQL("""
with page as materialized (
    select u.id, {key} as key from {walk} where {behind} order by {walk_order} limit %(limit)s
)
select {user}
  from page join users u on u.id = page.id join user_activity a on a.user_id = u.id
 order by {page_order}
""")

_PAGE_OF_SOME = sql.SQL("""
with walked as materialized (
    select u.id, u.key
      from (select {columns}, {key} as key from {walk} where {behind} order by {walk_order} limit %(reach)s) u
     where {conditions}
     order by {order} limit %(limit)s
), gathered as materialized (
    select u.id, u.key
      from (select u.id, u.key from (select {columns}, {key} as key from {gather} where {behind}) u
             where {conditions} and (select count(*) from walked) < %(limit)s offset 0) u
     order by {order} limit %(limit)s
), page as (
    select id, key from walked where (select count(*) from walked) = %(limit)s
    union all
    select id, key from gathered
)
select {user}
  from page join users u on u.id = page.id join user_activity a on a.user_id = u.id
 order by {page_order}
""")
"""Walks along the list for a while. Where that does not find a page full, gathers everybody who meets the criteria,
by whatever index serves them best, and sorts them: the inner `offset 0` hides the limit, for the sake of which the
planner would walk to the end of the list."""

_COUNT = sql.SQL("select count(*) as total from (select {columns} from {gather}) u where {conditions}")
_ESTIMATE = sql.SQL("explain (format json) select from (select {columns} from {gather}) u where {conditions}")


class UserListing:
    """The statements of one list."""

    # How many users are looked at, in the order of the list, before all that meet the criteria are gathered. Where that
    # order is not the table's own each costs a page of it, so there are fewer.
    REACH: ClassVar[dict[str, int]] = {"id": 20_000, "created_at": 20_000, "last_login": 5_000, "email": 5_000}

    def __init__(self, criteria: UserCriteria, terms: StatusTerms) -> None:
        self._terms = terms
        self._criteria = criteria
        self._conditions = list(_conditions(criteria))

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements are bound to, but for position and limit."""
        criteria = self._criteria
        return {
            "words": criteria.words and _tsquery(criteria.words),
            "at": self._terms.at,
            "verified_email_required": self._terms.verified_email_required,
            "role": criteria.role and criteria.role.value,
            "created_since": criteria.created.since,
            "created_until": criteria.created.until,
            "last_login_since": criteria.last_login.since,
            "last_login_until": criteria.last_login.until,
        }

    def page(self, order: UserOrder, after: UserPosition | None, *, limit: int) -> tuple[sql.Composed, dict[str, Any]]:
        """The statement for a page, and its parameters."""
        by_login, key = order.field == "last_login", _KEYS[order.field]
        statement = (_PAGE_OF_SOME if self._conditions else _PAGE_OF_ALL).format(
            user=_USER,
            columns=self._columns(with_login=by_login),
            key=key,
            walk=_LOGIN_THEN_USERS if by_login else _USERS_THEN_LOGIN if self._needs_login else _USERS,
            gather=self._gathering(with_login=by_login),
            behind=_behind(order) if after else sql.SQL("true"),
            conditions=self._all(),
            walk_order=_sorted(order, key, _KEYS["id"]),
            order=_sorted(order, sql.SQL("u.key"), sql.SQL("u.id")),
            page_order=_sorted(order, sql.SQL("page.key"), sql.SQL("page.id")),
        )
        position = {"after_id": after.id, "after_key": _key(order, after)} if after else {}
        return statement, {**self.parameters, **position, "limit": limit, "reach": self.REACH[order.field]}

    def count(self) -> sql.Composed:
        """The statement that counts."""
        return self._over_all(_COUNT)

    def estimate(self) -> sql.Composed:
        """The statement that asks the planner for the number it goes by."""
        return self._over_all(_ESTIMATE)

    @property
    def _needs_login(self) -> bool:
        return self._criteria.last_login != Period()

    def _over_all(self, statement: sql.SQL) -> sql.Composed:
        source = _USERS_WITH_LOGIN if self._needs_login else _USERS
        return statement.format(columns=self._columns(), gather=source, conditions=self._all())

    def _columns(self, *, with_login: bool = False) -> sql.SQL:
        return _COLUMNS_AND_LOGIN if with_login or self._needs_login else _COLUMNS

    def _gathering(self, *, with_login: bool) -> sql.SQL:
        if not (with_login or self._needs_login):
            return _USERS
        # How many a word finds is a guess of the planner's, and mostly much too high: not for it to choose a join.
        return _USERS_THEN_LOGIN if self._criteria.words else _USERS_WITH_LOGIN

    def _all(self) -> sql.Composable:
        return sql.SQL(" and ").join(self._conditions) if self._conditions else sql.SQL("true")


def _conditions(criteria: UserCriteria) -> Iterator[sql.Composable]:
    if criteria.words:
        yield sql.SQL("u.search @@ lower(%(words)s)::tsquery")
    if criteria.statuses != frozenset(AccountStatus):
        wanted = [condition for status, condition in _STATUSES.items() if status in criteria.statuses]
        yield sql.SQL("({})").format(sql.SQL(" or ").join(wanted)) if wanted else sql.SQL("false")
    if criteria.role:
        yield sql.SQL("u.role = %(role)s")
    if criteria.is_verified is not None:
        yield sql.SQL("u.email_verified_at is not null" if criteria.is_verified else "u.email_verified_at is null")
    if criteria.created.since:
        yield sql.SQL("u.created_at >= %(created_since)s")
    if criteria.created.until:
        yield sql.SQL("u.created_at < %(created_until)s")
    if criteria.last_login.since:
        yield sql.SQL("u.logged_in_at >= %(last_login_since)s")
    if criteria.last_login.until:
        yield sql.SQL("u.logged_in_at < %(last_login_until)s and u.logged_in_at > '-infinity'")


def _behind(order: UserOrder) -> sql.Composable:
    than = sql.SQL("<" if order.is_descending else ">")
    match order.field:
        case "id":
            return sql.SQL("u.id {} %(after_id)s").format(than)
        case "email":
            return sql.SQL("u.email {} %(after_key)s").format(than)
        case "last_login":
            return sql.SQL("(a.last_login_at, a.user_id) {} (%(after_key)s::timestamptz, %(after_id)s)").format(than)
        case _:
            return sql.SQL("(u.created_at, u.id) {} (%(after_key)s::timestamptz, %(after_id)s)").format(than)


def _sorted(order: UserOrder, key: sql.SQL, user_id: sql.SQL) -> sql.Composable:
    direction = sql.SQL(" desc" if order.is_descending else "")
    if order.field in {"id", "email"}:  # no two have the same
        return key + direction
    # In the index of last logins the number is that table's own column.
    number = sql.SQL("a.user_id") if key == _KEYS["last_login"] else user_id
    return key + direction + sql.SQL(", ") + number + direction


def _key(order: UserOrder, after: UserPosition) -> object:
    return "-infinity" if order.field == "last_login" and after.sorted_by is None else after.sorted_by


def _tsquery(words: SearchWords) -> str:
    """Each word quoted, as the beginning of a lexeme. Cast to tsquery this is taken as it stands: no parser looks into
    the words.
    """
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in words.decisive)
    return " & ".join(f"'{word}':*" for word in quoted)
