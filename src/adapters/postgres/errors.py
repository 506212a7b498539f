"""What the database's errors mean to the domain, in one table."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from user_domain.errors import DomainError, EmailAlreadyRegistered, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

CONSTRAINTS: dict[str, type[DomainError]] = {
    "users_email_key": EmailAlreadyRegistered,
}


@contextmanager
def translated() -> Iterator[None]:
    """Errors of psycopg and its pool leave as domain errors, with the original as their cause.

    Raises:
        DomainError: the one that belongs to the constraint that was violated.
        StorageUnavailable: anything else: no connection in time, a connection lost, a statement that took too long.
    """
    try:
        yield
    except psycopg.Error as error:  # the pool's errors are psycopg's too
        meaning = CONSTRAINTS.get(error.diag.constraint_name or "", StorageUnavailable)
        raise meaning from error
