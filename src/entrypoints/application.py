"""What the entry points can ask of the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.ports.clock import Clock
    from user_domain.use_cases.administration.create_admin import CreateAdmin
    from user_domain.use_cases.administration.promote_to_admin import PromoteToAdmin
    from user_domain.use_cases.authentication.authenticate import Authenticate
    from user_domain.use_cases.authentication.log_in import LogIn
    from user_domain.use_cases.authentication.log_out import LogOut
    from user_domain.use_cases.profile.change_profile import ChangeProfile
    from user_domain.use_cases.profile.get_user import GetUser
    from user_domain.use_cases.registration.register import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Every use case, composed; and the clock they go by."""

    clock: Clock
    register: Register
    log_in: LogIn
    log_out: LogOut
    authenticate: Authenticate
    get_user: GetUser
    change_profile: ChangeProfile
    create_admin: CreateAdmin
    promote_to_admin: PromoteToAdmin
