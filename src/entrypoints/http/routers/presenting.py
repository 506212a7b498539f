"""What several routes show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrypoints.http.schemas.admin_users import AdminUserResource
from entrypoints.http.schemas.sessions import SessionResource
from entrypoints.http.schemas.users import UserResource

if TYPE_CHECKING:
    from entrypoints.application import Application
    from user_domain.entities.user import User
    from user_domain.ports.session_queries import Login
    from user_domain.steps.session_list import ListedSession


def user_resource(user: User, application: Application) -> UserResource:
    """A user as it stands now."""
    return UserResource.of(user, status=application.access.status(user, at=application.clock.now()))


def admin_user_resource(user: User, application: Application) -> AdminUserResource:
    """A user as it stands now, as admins see it."""
    now = application.clock.now()
    return AdminUserResource.seen_by_admins(user, status=application.access.status(user, at=now), at=now)


def session_resource(listed: ListedSession, login: Login) -> SessionResource:
    """A session as whoever is logged in sees it."""
    return SessionResource.of(listed, is_current=listed.session.id == login.session.id)
