"""Adapters that keep everything in memory: the reference for the contracts, and the quick way to test a use case.

One file per port. They honour the contracts fully, concurrency included, but keep nothing when the process ends and
do one unit of work at a time, so they say nothing about speed.
"""

from user_domain.testing.in_memory.access_token_codec import InMemoryAccessTokenCodec
from user_domain.testing.in_memory.clock import InMemoryClock
from user_domain.testing.in_memory.database import InMemoryDatabase
from user_domain.testing.in_memory.password_hasher import InMemoryPasswordHasher
from user_domain.testing.in_memory.secret_source import InMemorySecretSource
from user_domain.testing.in_memory.session_queries import InMemorySessionQueries
from user_domain.testing.in_memory.unit_of_work import InMemoryUnitOfWork
from user_domain.testing.in_memory.user_queries import InMemoryUserQueries

__all__ = [
    "InMemoryAccessTokenCodec",
    "InMemoryClock",
    "InMemoryDatabase",
    "InMemoryPasswordHasher",
    "InMemorySecretSource",
    "InMemorySessionQueries",
    "InMemoryUnitOfWork",
    "InMemoryUserQueries",
]
