"""Composition: which adapter stands behind which port. The only file that knows dependency-injector.

Everything is plain and synchronous; what has to be opened and closed (the database, the hashing threads) is, by whoever
runs the application. Replace a part with `container.<part>.override(…)` on an instance.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from adapters.jwt.access_token_codec import JwtAccessTokenCodec
from adapters.passwords.algorithms import Argon2id, Bcrypt
from adapters.passwords.hasher import ThreadedPasswordHasher
from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.session_queries import PostgresSessionQueries
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.postgres.user_queries import PostgresUserQueries
from adapters.system.clock import SystemClock
from adapters.system.secret_source import SystemSecretSource
from entrypoints.application import Application
from entrypoints.settings import Settings
from user_domain.use_cases.administration.create_admin import CreateAdmin
from user_domain.use_cases.administration.promote_to_admin import PromoteToAdmin
from user_domain.use_cases.authentication.authenticate import Authenticate
from user_domain.use_cases.authentication.log_in import LogIn
from user_domain.use_cases.authentication.log_out import LogOut
from user_domain.use_cases.profile.change_profile import ChangeProfile
from user_domain.use_cases.profile.get_user import GetUser
from user_domain.use_cases.registration.register import Register
from user_domain.value_objects.lifetimes import Lifetimes

if TYPE_CHECKING:
    from adapters.passwords.algorithms import HashAlgorithm


def _password_hasher(settings: Settings) -> ThreadedPasswordHasher:
    algorithms: dict[str, HashAlgorithm] = {"argon2id": Argon2id(), "bcrypt": Bcrypt()}
    return ThreadedPasswordHasher(
        current=algorithms.pop(settings.password_hasher),
        others=list(algorithms.values()),
        concurrency=settings.hash_concurrency,
        queue_seconds=settings.hash_queue_seconds,
    )


def _pool_settings(settings: Settings) -> PoolSettings:
    return PoolSettings(
        min_size=settings.database_pool_min,
        max_size=settings.database_pool_max,
        timeout=settings.database_timeout_seconds,
        transaction_pooler=settings.database_pooler == "transaction",
    )


def _lifetimes(settings: Settings) -> Lifetimes:
    return Lifetimes(
        session=timedelta(days=settings.refresh_token_expire_days),
        access_token=timedelta(minutes=settings.access_token_expire_minutes),
    )


class Container(containers.DeclarativeContainer):
    """The composed service. `conninfo` is where the database is: the settings', or the embedded server's."""

    settings = providers.Dependency(instance_of=Settings)
    conninfo = providers.Dependency(instance_of=str)

    # System
    clock = providers.Singleton(SystemClock)
    secrets = providers.Singleton(SystemSecretSource)

    # Storage
    database = providers.Singleton(Database, conninfo, providers.Callable(_pool_settings, settings))
    unit_of_work = providers.Factory(PostgresUnitOfWork, database)
    users = providers.Singleton(PostgresUserQueries, database)
    sessions = providers.Singleton(PostgresSessionQueries, database)

    # Secrets of people
    password_hasher = providers.Singleton(_password_hasher, settings)
    access_tokens = providers.Singleton(
        JwtAccessTokenCodec,
        key=settings.provided.secret_key.get_secret_value.call(),
        issuer=settings.provided.jwt_issuer,
        audience=settings.provided.jwt_audience,
    )

    # Use cases
    register = providers.Singleton(
        Register, unit_of_work=unit_of_work.provider, password_hasher=password_hasher, clock=clock
    )
    log_in = providers.Singleton(
        LogIn,
        users=users,
        unit_of_work=unit_of_work.provider,
        password_hasher=password_hasher,
        access_tokens=access_tokens,
        secrets=secrets,
        clock=clock,
        lifetimes=providers.Callable(_lifetimes, settings),
    )
    log_out = providers.Singleton(LogOut, unit_of_work=unit_of_work.provider, clock=clock)
    authenticate = providers.Singleton(Authenticate, access_tokens=access_tokens, sessions=sessions, clock=clock)
    get_user = providers.Singleton(GetUser, users=users)
    change_profile = providers.Singleton(ChangeProfile, unit_of_work=unit_of_work.provider, clock=clock)
    create_admin = providers.Singleton(
        CreateAdmin, unit_of_work=unit_of_work.provider, password_hasher=password_hasher, clock=clock
    )
    promote_to_admin = providers.Singleton(PromoteToAdmin, users=users, unit_of_work=unit_of_work.provider, clock=clock)

    application = providers.Singleton(
        Application,
        clock=clock,
        register=register,
        log_in=log_in,
        log_out=log_out,
        authenticate=authenticate,
        get_user=get_user,
        change_profile=change_profile,
        create_admin=create_admin,
        promote_to_admin=promote_to_admin,
    )
