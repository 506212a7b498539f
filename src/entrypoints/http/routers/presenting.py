"""What several routes show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrypoints.http.schemas.users import UserResource

if TYPE_CHECKING:
    from entrypoints.application import Application
    from user_domain.entities.user import User


def user_resource(user: User, application: Application) -> UserResource:
    """A user as it stands now."""
    return UserResource.of(user, status=application.access.status(user, at=application.clock.now()))
