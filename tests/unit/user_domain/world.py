"""The use cases over one set of in-memory adapters."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.entities.user import NewUser
from user_domain.testing.builders import PASSWORD, a_new_session, a_new_user
from user_domain.testing.in_memory import (
    InMemoryAccessTokenCodec,
    InMemoryClock,
    InMemoryDatabase,
    InMemoryPasswordHasher,
    InMemorySecretSource,
    InMemorySessionQueries,
    InMemoryUnitOfWork,
    InMemoryUserQueries,
)
from user_domain.use_cases.administration.create_admin import CreateAdmin
from user_domain.use_cases.administration.promote_to_admin import PromoteToAdmin
from user_domain.use_cases.authentication.authenticate import Authenticate
from user_domain.use_cases.authentication.log_in import LogIn
from user_domain.use_cases.authentication.log_out import LogOut
from user_domain.use_cases.profile.change_profile import ChangeProfile
from user_domain.use_cases.profile.get_user import GetUser
from user_domain.use_cases.registration.register import Register
from user_domain.value_objects.lifetimes import Lifetimes
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.entities.session import NewSession
    from user_domain.entities.user import User
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.ports.user_repository import Account
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import UserId

ACCESS_TOKEN_LIFETIME = timedelta(minutes=30)
SESSION_LIFETIME = timedelta(days=30)
FACTS_OF_NEW_USERS = {field.name for field in fields(NewUser)}


class World:
    """Starts empty, at the builders' NOW. The use cases take other ports than these by keyword."""

    def __init__(self) -> None:
        self.database = InMemoryDatabase()
        self.clock = InMemoryClock()
        self.password_hasher = InMemoryPasswordHasher()
        self.access_tokens = InMemoryAccessTokenCodec()
        self.secrets = InMemorySecretSource()
        self.users = InMemoryUserQueries(self.database)
        self.sessions = InMemorySessionQueries(self.database)

    def unit_of_work(self) -> InMemoryUnitOfWork:
        return InMemoryUnitOfWork(self.database)

    # --- What can be done -------------------------------------------------------------------------------------------

    def register(self) -> Register:
        return Register(unit_of_work=self.unit_of_work, password_hasher=self.password_hasher, clock=self.clock)

    def create_admin(self) -> CreateAdmin:
        return CreateAdmin(unit_of_work=self.unit_of_work, password_hasher=self.password_hasher, clock=self.clock)

    def promote_to_admin(self, **instead: Any) -> PromoteToAdmin:
        ports = {"users": self.users, "unit_of_work": self.unit_of_work, "clock": self.clock}
        return PromoteToAdmin(**{**ports, **instead})

    def log_in(self, **instead: Any) -> LogIn:
        ports = {
            "users": self.users,
            "unit_of_work": self.unit_of_work,
            "password_hasher": self.password_hasher,
            "access_tokens": self.access_tokens,
            "secrets": self.secrets,
            "clock": self.clock,
            "lifetimes": Lifetimes(session=SESSION_LIFETIME, access_token=ACCESS_TOKEN_LIFETIME),
        }
        return LogIn(**{**ports, **instead})

    def authenticate(self) -> Authenticate:
        return Authenticate(access_tokens=self.access_tokens, sessions=self.sessions, clock=self.clock)

    def log_out(self) -> LogOut:
        return LogOut(unit_of_work=self.unit_of_work, clock=self.clock)

    def get_user(self) -> GetUser:
        return GetUser(users=self.users)

    def change_profile(self) -> ChangeProfile:
        return ChangeProfile(unit_of_work=self.unit_of_work, clock=self.clock)

    # --- What is there ----------------------------------------------------------------------------------------------

    async def with_user(self, password: str = PASSWORD, **facts: Any) -> User:
        """Store a user; facts are those of any stored user."""
        password_hash = await InMemoryPasswordHasher().hash(Password.typed(password))
        new = a_new_user(**{fact: value for fact, value in facts.items() if fact in FACTS_OF_NEW_USERS})
        async with self.unit_of_work() as work:
            user = replace(await work.users.add(new, password_hash), **facts)
            await work.users.lock(user.id)
            await work.users.save(user)
            await work.commit()
        return user

    async def with_session(self, user: User) -> NewSession:
        """Store a session of a user, which starts now."""
        session = a_new_session(user.id, started_at=self.clock.now(), expires_at=self.clock.now() + SESSION_LIFETIME)
        async with self.unit_of_work() as work:
            await work.sessions.add(session)
            await work.commit()
        return session

    async def change(self, user: User) -> None:
        """Another state of a user, committed by somebody else."""
        async with self.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(user)
            await work.commit()

    async def change_password(self, user_id: UserId, password: str) -> PasswordHash:
        """Another password of a user, committed by somebody else; or the same one with a hash made anew."""
        new = await self.password_hasher.hash(Password.typed(password))
        async with self.unit_of_work() as work:
            await work.users.replace_password_hash(user_id, old=self.account(user_id).password_hash, new=new)
            await work.commit()
        return new

    async def erase(self, user_id: UserId) -> None:
        """No such user any more."""
        del self.database.committed.accounts[user_id]

    # --- What has come of it ----------------------------------------------------------------------------------------

    def account(self, user_id: UserId) -> Account:
        return self.database.committed.accounts[user_id]

    @property
    def audit(self) -> list[AuditEntry]:
        return self.database.committed.audit

    def snapshot(self) -> State:
        """Everything stored at this moment, to compare with what is stored later."""
        return self.database.committed.copy()
