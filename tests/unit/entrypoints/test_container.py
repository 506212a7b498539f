"""Everything in the container can be composed, from settings alone and without connecting; parts can be replaced."""

from __future__ import annotations

import io
import socket
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from dependency_injector import errors, providers

from adapters.http.breached_passwords import HttpBreachedPasswords
from adapters.mail.folder_mailer import FolderMailer
from adapters.mail.smtp import SmtpMailer
from adapters.passwords.breached_passwords import UncheckedBreachedPasswords
from adapters.system.key_ring import KeyRing
from adapters.tokens.one_time_token_codec import HmacOneTimeTokenCodec
from entrypoints import parts
from entrypoints.application import Application
from entrypoints.container import Container
from entrypoints.settings import Settings
from tests.support.composition import AUDIT_SIGNING_KEY
from user_domain.errors import EmailNotVerified, RefreshTokenInvalid
from user_domain.policies.session import IpBinding, LimitPolicy, SessionPolicy
from user_domain.ports.access_queries import AccessQueries
from user_domain.ports.access_token_codec import AccessTokenCodec
from user_domain.ports.audit_evidence import AuditEvidence
from user_domain.ports.audit_months import AuditMonths
from user_domain.ports.audit_queries import AuditQueries
from user_domain.ports.audit_signer import AuditSigner
from user_domain.ports.breached_passwords import BreachedPasswords
from user_domain.ports.clock import Clock
from user_domain.ports.device_parser import DeviceParser
from user_domain.ports.mail_queries import MailQueries
from user_domain.ports.mail_queue import MailQueue
from user_domain.ports.mailer import Mailer
from user_domain.ports.old_records import OldRecords
from user_domain.ports.one_time_token_codec import OneTimeTokenCodec
from user_domain.ports.password_hasher import PasswordHasher
from user_domain.ports.password_strength import PasswordStrength
from user_domain.ports.refresh_token_codec import RefreshTokenCodec
from user_domain.ports.secret_source import SecretSource
from user_domain.ports.session_activity import SessionActivity
from user_domain.ports.session_queries import SessionQueries
from user_domain.ports.session_refreshes import SessionRefreshes
from user_domain.ports.signature_verifier import SignatureVerifier
from user_domain.ports.signing_key_maker import SigningKeyMaker
from user_domain.ports.signing_key_queries import SigningKeyQueries
from user_domain.ports.statistics_queries import StatisticsQueries
from user_domain.ports.statistics_upkeep import StatisticsUpkeep
from user_domain.ports.status_history_queries import StatusHistoryQueries
from user_domain.ports.unit_of_work import UnitOfWork
from user_domain.ports.user_directory import UserDirectory
from user_domain.ports.user_queries import UserQueries
from user_domain.testing.builders import NOW, a_letter, a_user, token_claims
from user_domain.testing.in_memory import (
    InMemoryAccessQueries,
    InMemoryAccessTokenCodec,
    InMemoryAuditEvidence,
    InMemoryAuditMonths,
    InMemoryAuditQueries,
    InMemoryClock,
    InMemoryDatabase,
    InMemoryMailQueries,
    InMemoryMailQueue,
    InMemoryOldRecords,
    InMemoryPasswordHasher,
    InMemoryRevocationQueries,
    InMemorySecretSource,
    InMemorySessionActivity,
    InMemorySessionQueries,
    InMemorySessionRefreshes,
    InMemorySigningKeyQueries,
    InMemoryStatisticsQueries,
    InMemoryStatisticsUpkeep,
    InMemoryStatusHistoryQueries,
    InMemoryUnitOfWork,
    InMemoryUserDirectory,
    InMemoryUserQueries,
)
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import OneTimeTokenId, SessionHandle
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose, digest
from user_domain.value_objects.password import Password
from user_domain.value_objects.refresh_token import RefreshToken

if TYPE_CHECKING:
    from pathlib import Path

KEY = "a made-up key for tests, shared with nobody"
MASTER_KEY = "another made-up key for tests, never told to anybody"
PREVIOUS_KEY = "the made-up key that stood there before the other one"
NOWHERE = "host=nowhere.invalid dbname=none"
PORTS = {
    "clock": Clock,
    "secrets": SecretSource,
    "unit_of_work": UnitOfWork,
    "users": UserQueries,
    "sessions": SessionQueries,
    "session_refreshes": SessionRefreshes,
    "session_activity": SessionActivity,
    "password_hasher": PasswordHasher,
    "access_tokens": AccessTokenCodec,
    "one_time_token_codec": OneTimeTokenCodec,
    "refresh_token_codec": RefreshTokenCodec,
    "password_strength": PasswordStrength,
    "breached_passwords": BreachedPasswords,
    "devices": DeviceParser,
    "mailer": Mailer,
    "mails": MailQueries,
    "mail_queue": MailQueue,
    "signing_keys": SigningKeyQueries,
    "status_history": StatusHistoryQueries,
    "access_records": AccessQueries,
    "directory": UserDirectory,
    "old_records": OldRecords,
    "signing_key_maker": SigningKeyMaker,
    "statistics": StatisticsQueries,
    "statistics_upkeep": StatisticsUpkeep,
    "audit_queries": AuditQueries,
    "audit_evidence": AuditEvidence,
    "audit_months": AuditMonths,
    "audit_signer": AuditSigner,
    "signatures": SignatureVerifier,
}


def composed(**variables: Any) -> Container:
    given = {"secret_key": KEY, "master_key": MASTER_KEY, "audit_signing_key": AUDIT_SIGNING_KEY, "log_format": "json"}
    given |= variables
    return Container(settings=Settings.model_validate(given), conninfo=NOWHERE)


@pytest.fixture
def container() -> Container:
    return composed()


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        pytest.fail("something connects")

    for owner in (psycopg.AsyncConnection, psycopg.Connection, socket.socket):
        monkeypatch.setattr(owner, "connect", refuse)


@pytest.mark.parametrize("name", sorted(Container.providers))
def test_every_provider_composes_something_and_nothing_connects(
    name: str, container: Container, no_connections: None
) -> None:
    assert container.providers[name]() is not None


@pytest.mark.parametrize("name", sorted(PORTS))
def test_behind_a_port_stands_an_adapter_of_it(name: str, container: Container) -> None:
    assert PORTS[name] in type(container.providers[name]()).__mro__


def test_a_settings_choice_reaches_the_adapters() -> None:
    container = composed(jwt_issuer="https://shop.example.com", jwt_audience="shop")
    tokens, claims = container.access_tokens(), token_claims()
    token = tokens.issue(claims)
    assert tokens.read(token, at=claims.issued_at).session == claims.session
    for other in (composed(jwt_audience="shop"), composed(jwt_issuer="https://shop.example.com")):
        with pytest.raises(Exception, match="not valid"):
            other.access_tokens().read(token, at=claims.issued_at)


@pytest.mark.parametrize(
    ("choice", "prefix"), [("argon2id", "$argon2id$v=19$m=19456,t=2,p=1$"), ("bcrypt", "$bcrypt-sha256$v=2,t=2b,r=12$")]
)
async def test_the_password_hasher_is_the_one_that_was_chosen(choice: str, prefix: str) -> None:
    hasher = composed(password_hasher=choice).password_hasher()
    try:
        assert (await hasher.hash(Password("a made-up Passw0rd"))).startswith(prefix)
    finally:
        hasher.close()


# --- Choices ----------------------------------------------------------------------------------------------------------


def test_with_a_mail_server_mail_goes_there() -> None:
    mailer = composed(smtp_url="smtp://mail.example.com", mail_from="Shop <no-reply@shop.example.com>").mailer()
    assert isinstance(mailer, SmtpMailer)


async def test_without_one_it_is_kept_where_the_data_is_and_announced_with_its_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    container = composed(
        data_dir=tmp_path / "data",
        mail_from="Shop <no-reply@shop.example.com>",
        public_url="https://shop.example.com/user",
        frontend_url="https://shop.example.com",
    )
    mailer = container.mailer()
    assert isinstance(mailer, FolderMailer)
    assert not (tmp_path / "data").exists(), "nothing is made before the first mail"

    verification, notice = a_letter(MailKind.VERIFY_EMAIL), a_letter(MailKind.PASSWORD_CHANGED)
    await mailer.send(verification)
    await mailer.send(notice)
    lines = capsys.readouterr().out.splitlines()
    links = [
        f"https://shop.example.com/verify-email?token={verification.tokens[TokenPurpose.VERIFY_EMAIL]}",
        f"https://shop.example.com/user/not-me?token={notice.tokens[TokenPurpose.NOT_ME]}",
    ]
    for line, letter, link in zip(lines, (verification, notice), links, strict=True):
        assert letter.recipient.value in line
        assert line.endswith(link)

    kept = await container.mail_folder().newest()
    assert [mail.id for mail in kept] == [notice.id, verification.id]
    files = [path.read_text() for path in (tmp_path / "data" / "mailbox" / "new").iterdir()]
    assert len(files) == 2
    assert all("From: Shop <no-reply@shop.example.com>\n" in file for file in files)


async def test_passwords_are_looked_for_in_breaches_where_there_is_somebody_to_ask() -> None:
    assert isinstance(
        composed(breached_passwords_url="https://range.example.com").breached_passwords(), HttpBreachedPasswords
    )
    unasked = composed().breached_passwords()
    assert isinstance(unasked, UncheckedBreachedPasswords)
    assert not await unasked.contains(Password("Password1!"))


@pytest.mark.parametrize(
    ("choice", "denials"),
    [({}, []), ({"email_verification": "optional"}, []), ({"email_verification": "required"}, [EmailNotVerified])],
)
def test_whether_people_must_verify_their_address_is_a_choice(
    choice: dict[str, str], denials: list[type[Exception]]
) -> None:
    container = composed(**choice)
    access = container.access()
    assert [type(denial) for denial in access.denials(a_user(), at=NOW)] == denials
    assert container.application().access is access


DEFAULT_POLICY = SessionPolicy(
    sliding=timedelta(days=30),
    absolute=timedelta(days=90),
    access_token=timedelta(minutes=30),
    idle=None,
    limit=5,
    limit_policy=LimitPolicy.EVICT_OLDEST,
    ip_binding=IpBinding.OFF,
)


@pytest.mark.parametrize(
    ("choice", "policy"),
    [
        (
            {},
            DEFAULT_POLICY,
        ),
        (
            {
                "refresh_token_expire_days": 7,
                "session_max_lifetime_days": 14,
                "access_token_expire_minutes": 5,
                "session_idle_timeout_minutes": 45,
                "max_sessions_per_user": 2,
                "session_limit_policy": "deny",
                "session_ip_binding": "subnet",
            },
            SessionPolicy(
                sliding=timedelta(days=7),
                absolute=timedelta(days=14),
                access_token=timedelta(minutes=5),
                idle=timedelta(minutes=45),
                limit=2,
                limit_policy=LimitPolicy.DENY,
                ip_binding=IpBinding.SUBNET,
            ),
        ),
        ({"session_ip_binding": "strict"}, replace(DEFAULT_POLICY, ip_binding=IpBinding.STRICT)),
    ],
    ids=["as they are", "all of them", "strict"],
)
def test_the_rules_of_sessions_are_a_choice(choice: dict[str, Any], policy: SessionPolicy) -> None:
    assert composed(**choice).session_policy() == policy


# --- Keys -------------------------------------------------------------------------------------------------------------

TOKEN_ID = OneTimeTokenId("7" * 32)


def test_every_purpose_has_a_key_of_its_own() -> None:
    keys = composed(master_key_previous=PREVIOUS_KEY).keys()
    labels = ("one-time-tokens", "refresh-tokens", "cool-downs", "cursors", "signing-keys")
    derived = [key for label in labels for key in keys.keys(label)]
    assert len(set(derived)) == 2 * len(labels)
    assert not {key.encode() for key in (KEY, MASTER_KEY, PREVIOUS_KEY)} & set(derived)


def test_tokens_of_mails_come_from_the_master_key_alone() -> None:
    token = composed().one_time_token_codec().derive(TOKEN_ID)
    assert composed(secret_key=KEY[::-1]).one_time_token_codec().derive(TOKEN_ID) == token
    assert composed(master_key=MASTER_KEY[::-1]).one_time_token_codec().derive(TOKEN_ID) != token
    expected = HmacOneTimeTokenCodec(keys=KeyRing([MASTER_KEY]).keys("one-time-tokens"))
    assert expected.derive(TOKEN_ID) == token


def test_tokens_outlive_the_master_key_they_came_from() -> None:
    before = composed(master_key=PREVIOUS_KEY).one_time_token_codec().derive(TOKEN_ID)
    replaced = composed(master_key_previous=PREVIOUS_KEY).one_time_token_codec()
    assert replaced.derive(TOKEN_ID) != before
    assert replaced.derive_again(TOKEN_ID, digest(before)) == before
    assert composed().one_time_token_codec().derive_again(TOKEN_ID, digest(before)) is None


REFRESH_TOKEN = RefreshToken(SessionHandle("7" * 32), 3)


def test_refresh_tokens_come_from_the_master_key_alone_and_outlive_it() -> None:
    before = composed(master_key=PREVIOUS_KEY).refresh_token_codec().issue(REFRESH_TOKEN)
    assert composed(master_key=PREVIOUS_KEY, secret_key=KEY[::-1]).refresh_token_codec().issue(REFRESH_TOKEN) == before
    replaced = composed(master_key_previous=PREVIOUS_KEY).refresh_token_codec()
    assert replaced.issue(REFRESH_TOKEN) != before
    assert replaced.read(before) == REFRESH_TOKEN
    with pytest.raises(RefreshTokenInvalid):
        composed().refresh_token_codec().read(before)


def test_names_of_cool_downs_are_made_unreadable_with_the_key_in_force() -> None:
    unit_of_work = composed(master_key_previous=PREVIOUS_KEY).unit_of_work()
    assert vars(unit_of_work)["_name_key"] == KeyRing([MASTER_KEY]).keys("cool-downs")[0]


def test_a_commit_with_mail_rings_the_bell_that_the_worker_hears(container: Container) -> None:
    for unit_of_work in (container.unit_of_work(), container.unit_of_work()):
        vars(unit_of_work)["_on_mail"]()
    assert container.mail_bell().rings == 2


# --- Sharing ----------------------------------------------------------------------------------------------------------


def test_what_keeps_state_is_composed_once_and_a_unit_of_work_every_time(container: Container) -> None:
    once = (
        "database",
        "users",
        "sessions",
        "session_activity",
        "password_hasher",
        "access_tokens",
        "application",
        "mail_bell",
        "mailer",
    )
    for name in once:
        assert container.providers[name]() is container.providers[name]()
    assert container.unit_of_work() is not container.unit_of_work()


def test_two_containers_share_nothing(container: Container) -> None:
    assert composed().database() is not container.database()
    assert composed().clock() is not container.clock()


def test_every_part_of_the_application_is_what_it_is_called(container: Container) -> None:
    application = container.application()
    for field in fields(Application):
        assert field.type in {kind.__name__ for kind in type(getattr(application, field.name)).__mro__}


@pytest.mark.parametrize("missing", ["settings", "conninfo"])
def test_without_settings_or_a_database_nothing_is_composed(missing: str) -> None:
    given = {"settings": Settings(secret_key=KEY, master_key=MASTER_KEY), "conninfo": NOWHERE}
    del given[missing]
    with pytest.raises(errors.Error):
        Container(**given).application()


def test_no_database_at_all_is_refused() -> None:
    with pytest.raises(errors.Error):
        Container(settings=Settings(secret_key=KEY, master_key=MASTER_KEY), conninfo=None).database()


def test_what_is_overridden_on_an_instance_stays_on_that_instance(container: Container) -> None:
    clock: object = InMemoryClock()
    container.clock.override(clock)
    assert container.clock() is clock
    assert container.application().clock is clock
    assert composed().clock() is not clock
    assert Container.clock() is not clock


def test_sessions_are_kept_for_as_long_as_they_are_told_of_as_revoked() -> None:
    """However long access tokens live, however long a statement may take."""
    for minutes, timeout in ((30, 5), (1440, 5), (1440, 60)):
        container = composed(access_token_expire_minutes=minutes, database_timeout_seconds=timeout)
        margin = timedelta(seconds=max(60, 12 * timeout))
        assert container.retention().revocation_window == timedelta(minutes=minutes) + margin
        assert container.retention().longest_session == container.session_policy().absolute


async def test_an_application_of_overridden_parts_works_without_any_of_the_real_ones() -> None:
    container = Container(
        settings=Settings(secret_key=KEY, master_key=MASTER_KEY, access_token_expire_minutes=7), conninfo=NOWHERE
    )
    database = InMemoryDatabase()
    parts: dict[str, Any] = {
        "clock": InMemoryClock(),
        "secrets": InMemorySecretSource(),
        "users": InMemoryUserQueries(database),
        "sessions": InMemorySessionQueries(database),
        "revocations": InMemoryRevocationQueries(database),
        "access_records": InMemoryAccessQueries(database),
        "directory": InMemoryUserDirectory(database),
        "old_records": InMemoryOldRecords(database),
        "session_refreshes": InMemorySessionRefreshes(database),
        "session_activity": InMemorySessionActivity(database),
        "password_hasher": InMemoryPasswordHasher(),
        "access_tokens": InMemoryAccessTokenCodec(),
        "mails": InMemoryMailQueries(database),
        "mail_queue": InMemoryMailQueue(database),
        "signing_keys": InMemorySigningKeyQueries(database),
        "status_history": InMemoryStatusHistoryQueries(database),
        "statistics": InMemoryStatisticsQueries(database),
        "statistics_upkeep": InMemoryStatisticsUpkeep(database),
        "audit_queries": InMemoryAuditQueries(database),
        "audit_evidence": InMemoryAuditEvidence(database),
        "audit_months": InMemoryAuditMonths(),
    }
    for name, part in parts.items():
        container.providers[name].override(providers.Object(part))
    container.unit_of_work.override(providers.Factory(InMemoryUnitOfWork, database))
    container.database.override(providers.Callable(pytest.fail, "the real database was asked for"))

    application = container.application()
    person = {"email": "john@example.com", "password": "SecurePass123!"}
    user = await application.register.execute(
        RegisterCommand(**person, name="John Doe", mobile="1234567890", client=ClientInfo())
    )
    logged_in = await application.log_in.execute(LogInCommand(**person, client=ClientInfo()))
    assert logged_in.expires_in == timedelta(minutes=7)
    login = await application.authenticate.execute(logged_in.access_token, client=ClientInfo())
    assert login.user.id == user.id
    assert login.session.expires_at - login.session.started_at == timedelta(days=30)
    refreshed = await application.refresh_session.execute(refresh_token=logged_in.refresh_token, client=ClientInfo())
    login = await application.authenticate.execute(refreshed.access_token, client=ClientInfo())
    assert len(await application.list_own_sessions.execute(login, limit=10)) == 1
    await application.end_own_session.execute(login, login.session.id, client=ClientInfo())
    with pytest.raises(RefreshTokenInvalid):
        await application.refresh_session.execute(refresh_token=refreshed.refresh_token, client=ClientInfo())


def test_a_terminal_that_cannot_show_a_line_or_is_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail is kept before it is told of; an error here would have it kept again and again."""
    octets = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(octets, "latin-1"))
    parts.say("Mail to john@example.com: تأكيد عنوان بريدك الإلكتروني  http://127.0.0.1")
    assert octets.getvalue().endswith(b"  http://127.0.0.1\n")
    octets.close()
    parts.say("to nobody")
