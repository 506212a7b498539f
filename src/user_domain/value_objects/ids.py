"""Identities, as types of their own so that a session's number is never taken for a user's."""

from typing import NewType

UserId = NewType("UserId", int)
"""A user's number: from 1 to 2147483647, because clients in production read 32 bits. Given by the store."""

SessionId = NewType("SessionId", int)
"""A session's number, for lists and administration. Given by the store; knowing it opens nothing."""

SessionHandle = NewType("SessionHandle", str)
"""What a token calls its session: 128 random bits as 32 lower-case hex digits."""

OneTimeTokenId = NewType("OneTimeTokenId", str)
"""What the store calls a one-time token: 128 random bits as 32 lower-case hex digits. Knowing it opens nothing."""

MailId = NewType("MailId", str)
"""A mail's name from the commit to the inbox, where it is in the Message-ID: 32 lower-case hex digits, which sort by
the time they were made."""

KeyId = NewType("KeyId", str)
"""What tokens call the key they are signed with (`kid`): the RFC 7638 thumbprint of its public half."""

StatusChangeId = NewType("StatusChangeId", int)
"""A status change's number, by which the history is in order. Given by the store."""

AuditEntryId = NewType("AuditEntryId", int)
"""An audit entry's number. Given by the store; says nothing about the order in which entries were committed."""
