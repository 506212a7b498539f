"""Identities, as types of their own so that a session's number is never taken for a user's."""

from typing import NewType

UserId = NewType("UserId", int)
"""A user's number: from 1 to 2147483647, because clients in production read 32 bits. Given by the store."""

SessionId = NewType("SessionId", int)
"""A session's number, for lists and administration. Given by the store; knowing it opens nothing."""

SessionHandle = NewType("SessionHandle", str)
"""What a token calls its session: 128 random bits as 32 lower-case hex digits."""
