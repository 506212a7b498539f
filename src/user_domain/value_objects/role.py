"""What somebody is to the service."""

from enum import StrEnum


class Role(StrEnum):
    """A user's role. An admin is also a user."""

    USER = "user"
    ADMIN = "admin"
