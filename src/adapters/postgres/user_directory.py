"""The directory of users in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import to_user
from adapters.postgres.user_listing import UserListing
from user_domain.ports.user_directory import UserDirectory

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.entities.user import User
    from user_domain.ports.user_directory import StatusTerms, UserCriteria, UserOrder, UserPosition


class PostgresUserDirectory(UserDirectory):
    """One autocommit statement for each question; none where the words can find nobody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        criteria: UserCriteria,
        terms: StatusTerms,
        *,
        order: UserOrder,
        limit: int,
        after: UserPosition | None = None,
    ) -> list[User]:
        if _finds_nobody(criteria):
            return []
        statement, parameters = UserListing(criteria, terms).page(order, after, limit=limit)
        return [to_user(row) for row in await self._database.fetch_all(statement, parameters)]

    async def count(self, criteria: UserCriteria, terms: StatusTerms) -> int:
        if _finds_nobody(criteria):
            return 0
        listing = UserListing(criteria, terms)
        row = await self._database.fetch_one(listing.count(), listing.parameters)
        return row["total"] if row else 0

    async def estimate(self, criteria: UserCriteria, terms: StatusTerms) -> int:
        if _finds_nobody(criteria):
            return 0
        listing = UserListing(criteria, terms)
        row = await self._database.fetch_one(listing.estimate(), listing.parameters)
        return int(row["QUERY PLAN"][0]["Plan"]["Plan Rows"]) if row else 0


def _finds_nobody(criteria: UserCriteria) -> bool:
    return criteria.words is not None and not criteria.words.can_match
