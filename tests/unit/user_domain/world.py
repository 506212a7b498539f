"""The use cases over one set of in-memory adapters."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.entities.user import NewUser
from user_domain.policies.access import AccessPolicy
from user_domain.policies.retention import RetentionPolicy
from user_domain.policies.session import SessionPolicy
from user_domain.steps.account_control import AccountControl
from user_domain.steps.account_opening import AccountOpening
from user_domain.steps.current_password import CurrentPassword
from user_domain.steps.email_change import EmailChange
from user_domain.steps.key_succession import KeySuccession
from user_domain.steps.new_password import NewPassword
from user_domain.steps.one_time_tokens import OneTimeTokens
from user_domain.steps.postbox import Postbox
from user_domain.steps.requested_mail import RequestedMail
from user_domain.steps.session_end import SessionEnd
from user_domain.steps.session_list import SessionList
from user_domain.steps.session_start import SessionStart
from user_domain.steps.session_tokens import SessionTokens
from user_domain.testing.builders import CLIENT, PASSWORD, a_new_session, a_new_user
from user_domain.testing.in_memory import (
    InMemoryAccessQueries,
    InMemoryAccessTokenCodec,
    InMemoryAuditEvidence,
    InMemoryAuditQueries,
    InMemoryAuditSigner,
    InMemoryClock,
    InMemoryDatabase,
    InMemoryOldRecords,
    InMemoryPasswordHasher,
    InMemoryRefreshTokenCodec,
    InMemorySecretSource,
    InMemorySessionActivity,
    InMemorySessionQueries,
    InMemorySessionRefreshes,
    InMemorySignatureVerifier,
    InMemorySigningKeyMaker,
    InMemorySigningKeyQueries,
    InMemoryStatisticsQueries,
    InMemoryStatusHistoryQueries,
    InMemoryUnitOfWork,
    InMemoryUserDirectory,
    InMemoryUserQueries,
)
from user_domain.testing.in_memory.breached_passwords import InMemoryBreachedPasswords
from user_domain.testing.in_memory.device_parser import InMemoryDeviceParser
from user_domain.testing.in_memory.mail_queries import InMemoryMailQueries
from user_domain.testing.in_memory.mail_queue import InMemoryMailQueue
from user_domain.testing.in_memory.mailer import InMemoryMailer
from user_domain.testing.in_memory.one_time_token_codec import InMemoryOneTimeTokenCodec
from user_domain.testing.in_memory.password_strength import InMemoryPasswordStrength
from user_domain.use_cases.administration.block_user import BlockUser
from user_domain.use_cases.administration.change_role import ChangeRole
from user_domain.use_cases.administration.create_admin import CreateAdmin
from user_domain.use_cases.administration.create_user import CreateUser
from user_domain.use_cases.administration.end_user_session import EndUserSession
from user_domain.use_cases.administration.explain_access import ExplainAccess
from user_domain.use_cases.administration.list_status_history import ListStatusHistory
from user_domain.use_cases.administration.list_user_sessions import ListUserSessions
from user_domain.use_cases.administration.list_users import ListUsers
from user_domain.use_cases.administration.log_user_out import LogUserOut
from user_domain.use_cases.administration.promote_to_admin import PromoteToAdmin
from user_domain.use_cases.administration.require_password_reset import RequirePasswordReset
from user_domain.use_cases.administration.see_user import SeeUser
from user_domain.use_cases.administration.suspend_user import SuspendUser
from user_domain.use_cases.administration.unblock_user import UnblockUser
from user_domain.use_cases.audit.export_audit_entries import ExportAuditEntries
from user_domain.use_cases.audit.list_audit_entries import ListAuditEntries
from user_domain.use_cases.audit.list_audit_seals import ListAuditSeals
from user_domain.use_cases.audit.seal_audit_trail import SealAuditTrail
from user_domain.use_cases.audit.verify_audit_trail import VerifyAuditTrail
from user_domain.use_cases.authentication.authenticate import Authenticate
from user_domain.use_cases.authentication.log_in import LogIn
from user_domain.use_cases.authentication.log_out import LogOut
from user_domain.use_cases.authentication.refresh_session import RefreshSession
from user_domain.use_cases.authentication.report_not_me import ReportNotMe
from user_domain.use_cases.mail.deliver_mail import DeliverMail
from user_domain.use_cases.mail.list_mail import ListMail
from user_domain.use_cases.mail.retry_mail import RetryMail
from user_domain.use_cases.maintenance.list_signing_keys import ListSigningKeys
from user_domain.use_cases.maintenance.purge_old_records import PurgeOldRecords
from user_domain.use_cases.maintenance.rotate_signing_keys import RotateSigningKeys
from user_domain.use_cases.maintenance.tend_signing_keys import TendSigningKeys
from user_domain.use_cases.passwords.change_password import ChangePassword
from user_domain.use_cases.passwords.forgot_password import ForgotPassword
from user_domain.use_cases.passwords.reset_password import ResetPassword
from user_domain.use_cases.profile.change_profile import ChangeProfile, ChangeProfileCommand
from user_domain.use_cases.profile.confirm_email_change import ConfirmEmailChange
from user_domain.use_cases.profile.get_user import GetUser
from user_domain.use_cases.profile.undo_email_change import UndoEmailChange
from user_domain.use_cases.registration.get_verification_status import GetVerificationStatus
from user_domain.use_cases.registration.register import Register
from user_domain.use_cases.registration.resend_verification import ResendVerification
from user_domain.use_cases.registration.verify_email import VerifyEmail
from user_domain.use_cases.sessions.end_own_session import EndOwnSession
from user_domain.use_cases.sessions.list_own_sessions import ListOwnSessions
from user_domain.use_cases.sessions.log_out_everywhere import LogOutEverywhere
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.password import Password
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.entities.mail import UnsentMail
    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.session import EndReason, NewSession
    from user_domain.entities.user import User
    from user_domain.ports.audit_evidence import AuditEvidence
    from user_domain.ports.audit_queries import AuditQueries
    from user_domain.ports.breached_passwords import BreachedPasswords
    from user_domain.ports.one_time_token_codec import OneTimeTokenCodec
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.ports.password_strength import PasswordStrength
    from user_domain.ports.session_queries import Login
    from user_domain.ports.user_directory import UserDirectory
    from user_domain.ports.user_queries import UserQueries
    from user_domain.ports.user_repository import Account
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import SessionHandle, UserId
    from user_domain.value_objects.letter import Letter, MailKind

ACCESS_TOKEN_LIFETIME = timedelta(minutes=30)
SESSION_LIFETIME = timedelta(days=30)
LONGEST_LIFETIME = timedelta(days=90)
FACTS_OF_NEW_USERS = {field.name for field in fields(NewUser)}


class World:
    """Starts empty, at the builders' NOW. A test that needs another adapter puts it in the place of one of these, or
    hands it to the use case by keyword.
    """

    def __init__(self) -> None:
        self.database = InMemoryDatabase()
        self.clock = InMemoryClock()
        self.password_hasher = InMemoryPasswordHasher()
        self.strength: PasswordStrength = InMemoryPasswordStrength()
        self.breached: BreachedPasswords = InMemoryBreachedPasswords("Breached-1234")
        self.access_tokens = InMemoryAccessTokenCodec()
        self.token_codec: OneTimeTokenCodec = InMemoryOneTimeTokenCodec()
        self.secrets = InMemorySecretSource()
        self.devices = InMemoryDeviceParser()
        self.mailer = InMemoryMailer()
        self.access = AccessPolicy()
        self.session_policy = SessionPolicy(
            sliding=SESSION_LIFETIME, absolute=LONGEST_LIFETIME, access_token=ACCESS_TOKEN_LIFETIME
        )
        self.refresh_tokens = InMemoryRefreshTokenCodec()
        self.users: UserQueries = InMemoryUserQueries(self.database)
        self.sessions = InMemorySessionQueries(self.database)
        self.access_records = InMemoryAccessQueries(self.database)
        self.refreshes = InMemorySessionRefreshes(self.database)
        self.activity = InMemorySessionActivity(self.database)
        self.mail_queue = InMemoryMailQueue(self.database)
        self.signing_keys = InMemorySigningKeyQueries(self.database)
        self.signing_key_maker = InMemorySigningKeyMaker()
        self.status_history = InMemoryStatusHistoryQueries(self.database)
        self.old_records = InMemoryOldRecords(self.database)
        self.mails = InMemoryMailQueries(self.database)
        self.statistics = InMemoryStatisticsQueries(self.database)
        self.directory: UserDirectory = InMemoryUserDirectory(self.database)
        self.audit_queries: AuditQueries = InMemoryAuditQueries(self.database)
        self.audit_evidence: AuditEvidence = InMemoryAuditEvidence(self.database)
        self.audit_signer = InMemoryAuditSigner()
        self.audit_signatures = InMemorySignatureVerifier()

    def unit_of_work(self) -> InMemoryUnitOfWork:
        return InMemoryUnitOfWork(self.database)

    # --- Steps ------------------------------------------------------------------------------------------------------

    @property
    def new_password(self) -> NewPassword:
        return NewPassword(strength=self.strength, breached=self.breached, hasher=self.password_hasher)

    @property
    def current_password(self) -> CurrentPassword:
        return CurrentPassword(
            users=self.users, unit_of_work=self.unit_of_work, hasher=self.password_hasher, clock=self.clock
        )

    @property
    def tokens(self) -> OneTimeTokens:
        return OneTimeTokens(codec=self.token_codec, secrets=self.secrets)

    @property
    def postbox(self) -> Postbox:
        return Postbox(tokens=self.tokens, secrets=self.secrets)

    @property
    def email_change(self) -> EmailChange:
        return EmailChange(
            users=self.users,
            current_password=self.current_password,
            access=self.access,
            postbox=self.postbox,
            clock=self.clock,
        )

    @property
    def requested_mail(self) -> RequestedMail:
        return RequestedMail(users=self.users, unit_of_work=self.unit_of_work, postbox=self.postbox, clock=self.clock)

    @property
    def session_start(self) -> SessionStart:
        return SessionStart(secrets=self.secrets, sessions=self.session_policy)

    @property
    def session_tokens(self) -> SessionTokens:
        return SessionTokens(
            access_tokens=self.access_tokens,
            refresh_tokens=self.refresh_tokens,
            secrets=self.secrets,
            sessions=self.session_policy,
        )

    @property
    def session_list(self) -> SessionList:
        return SessionList(session_policy=self.session_policy, devices=self.devices)

    @property
    def session_end(self) -> SessionEnd:
        return SessionEnd(unit_of_work=self.unit_of_work, clock=self.clock)

    @property
    def account_control(self) -> AccountControl:
        return AccountControl(access=self.access, postbox=self.postbox, clock=self.clock)

    @property
    def account_opening(self) -> AccountOpening:
        return AccountOpening(
            unit_of_work=self.unit_of_work, new_password=self.new_password, postbox=self.postbox, clock=self.clock
        )

    @property
    def key_succession(self) -> KeySuccession:
        return KeySuccession(maker=self.signing_key_maker)

    # --- What can be done -------------------------------------------------------------------------------------------

    def register(self) -> Register:
        return Register(
            unit_of_work=self.unit_of_work, new_password=self.new_password, postbox=self.postbox, clock=self.clock
        )

    def verify_email(self) -> VerifyEmail:
        return VerifyEmail(unit_of_work=self.unit_of_work, tokens=self.tokens, clock=self.clock)

    def resend_verification(self) -> ResendVerification:
        return ResendVerification(unit_of_work=self.unit_of_work, postbox=self.postbox, clock=self.clock)

    def get_verification_status(self) -> GetVerificationStatus:
        return GetVerificationStatus(users=self.users)

    def see_user(self) -> SeeUser:
        return SeeUser(users=self.users)

    def list_status_history(self) -> ListStatusHistory:
        return ListStatusHistory(users=self.users, history=self.status_history)

    def block_user(self) -> BlockUser:
        return BlockUser(unit_of_work=self.unit_of_work, control=self.account_control, clock=self.clock)

    def list_audit_entries(self) -> ListAuditEntries:
        return ListAuditEntries(trail=self.audit_queries)

    def export_audit_entries(self) -> ExportAuditEntries:
        return ExportAuditEntries(unit_of_work=self.unit_of_work, trail=self.audit_queries, clock=self.clock)

    def list_audit_seals(self) -> ListAuditSeals:
        return ListAuditSeals(evidence=self.audit_evidence)

    def seal_audit_trail(self, **instead: Any) -> SealAuditTrail:
        ports = {"unit_of_work": self.unit_of_work, "signer": self.audit_signer, "clock": self.clock}
        return SealAuditTrail(**{**ports, **instead})

    def verify_audit_trail(self) -> VerifyAuditTrail:
        return VerifyAuditTrail(evidence=self.audit_evidence, signatures=self.audit_signatures)

    def unblock_user(self) -> UnblockUser:
        return UnblockUser(unit_of_work=self.unit_of_work, control=self.account_control, clock=self.clock)

    def suspend_user(self) -> SuspendUser:
        return SuspendUser(unit_of_work=self.unit_of_work, control=self.account_control, clock=self.clock)

    def change_role(self) -> ChangeRole:
        return ChangeRole(unit_of_work=self.unit_of_work, control=self.account_control, clock=self.clock)

    def require_password_reset(self) -> RequirePasswordReset:
        return RequirePasswordReset(unit_of_work=self.unit_of_work, control=self.account_control, clock=self.clock)

    def create_user(self) -> CreateUser:
        return CreateUser(opening=self.account_opening, unit_of_work=self.unit_of_work, clock=self.clock)

    def create_admin(self) -> CreateAdmin:
        return CreateAdmin(opening=self.account_opening)

    def promote_to_admin(self, **instead: Any) -> PromoteToAdmin:
        ports = {
            "users": self.users,
            "unit_of_work": self.unit_of_work,
            "postbox": self.postbox,
            "clock": self.clock,
        }
        return PromoteToAdmin(**{**ports, **instead})

    def log_in(self, **instead: Any) -> LogIn:
        ports = {
            "users": self.users,
            "unit_of_work": self.unit_of_work,
            "password_hasher": self.password_hasher,
            "access": self.access,
            "session_policy": self.session_policy,
            "session_start": self.session_start,
            "session_tokens": self.session_tokens,
            "postbox": self.postbox,
            "clock": self.clock,
        }
        return LogIn(**{**ports, **instead})

    def refresh_session(self, **instead: Any) -> RefreshSession:
        ports = {
            "refresh_tokens": self.refresh_tokens,
            "refreshes": self.refreshes,
            "unit_of_work": self.unit_of_work,
            "access": self.access,
            "session_policy": self.session_policy,
            "session_tokens": self.session_tokens,
            "session_end": self.session_end,
            "activity": self.activity,
            "postbox": self.postbox,
            "clock": self.clock,
        }
        return RefreshSession(**{**ports, **instead})

    def authenticate(self) -> Authenticate:
        return Authenticate(
            access_tokens=self.access_tokens,
            sessions=self.sessions,
            access=self.access,
            session_policy=self.session_policy,
            session_end=self.session_end,
            activity=self.activity,
            clock=self.clock,
        )

    def log_out(self) -> LogOut:
        return LogOut(session_end=self.session_end)

    def list_own_sessions(self) -> ListOwnSessions:
        return ListOwnSessions(
            sessions=self.sessions, session_policy=self.session_policy, session_list=self.session_list, clock=self.clock
        )

    def list_user_sessions(self, **instead: Any) -> ListUserSessions:
        parts = {
            "sessions": self.sessions,
            "users": self.users,
            "session_policy": self.session_policy,
            "session_list": self.session_list,
            "clock": self.clock,
        }
        return ListUserSessions(**{**parts, **instead})

    def explain_access(self, **instead: Any) -> ExplainAccess:
        parts = {
            "access_records": self.access_records,
            "access": self.access,
            "session_policy": self.session_policy,
            "clock": self.clock,
        }
        return ExplainAccess(**{**parts, **instead})

    def end_user_session(self, **instead: Any) -> EndUserSession:
        return EndUserSession(**{"sessions": self.sessions, "session_end": self.session_end, **instead})

    def log_user_out(self, **instead: Any) -> LogUserOut:
        parts: dict[str, Any] = {
            "unit_of_work": self.unit_of_work,
            "session_policy": self.session_policy,
            "clock": self.clock,
        }
        return LogUserOut(**(parts | instead))

    def end_own_session(self) -> EndOwnSession:
        return EndOwnSession(sessions=self.sessions, session_end=self.session_end)

    def log_out_everywhere(self) -> LogOutEverywhere:
        return LogOutEverywhere(unit_of_work=self.unit_of_work, session_policy=self.session_policy, clock=self.clock)

    def report_not_me(self) -> ReportNotMe:
        return ReportNotMe(unit_of_work=self.unit_of_work, tokens=self.tokens, postbox=self.postbox, clock=self.clock)

    def forgot_password(self) -> ForgotPassword:
        return ForgotPassword(unit_of_work=self.unit_of_work, postbox=self.postbox, clock=self.clock)

    def reset_password(self) -> ResetPassword:
        return ResetPassword(
            unit_of_work=self.unit_of_work,
            tokens=self.tokens,
            new_password=self.new_password,
            access=self.access,
            postbox=self.postbox,
            clock=self.clock,
        )

    def change_password(self) -> ChangePassword:
        return ChangePassword(
            unit_of_work=self.unit_of_work,
            current_password=self.current_password,
            new_password=self.new_password,
            access=self.access,
            session_policy=self.session_policy,
            postbox=self.postbox,
            clock=self.clock,
        )

    def get_user(self) -> GetUser:
        return GetUser(users=self.users)

    def change_profile(self) -> ChangeProfile:
        return ChangeProfile(unit_of_work=self.unit_of_work, email_change=self.email_change, clock=self.clock)

    def confirm_email_change(self) -> ConfirmEmailChange:
        return ConfirmEmailChange(
            unit_of_work=self.unit_of_work,
            tokens=self.tokens,
            access=self.access,
            email_change=self.email_change,
            clock=self.clock,
        )

    def undo_email_change(self) -> UndoEmailChange:
        return UndoEmailChange(
            unit_of_work=self.unit_of_work, tokens=self.tokens, postbox=self.postbox, clock=self.clock
        )

    def deliver_mail(self, **instead: Any) -> DeliverMail:
        ports = {
            "queue": self.mail_queue,
            "mailer": self.mailer,
            "requested_mail": self.requested_mail,
            "codec": self.token_codec,
            "devices": self.devices,
            "secrets": self.secrets,
            "clock": self.clock,
        }
        return DeliverMail(**{**ports, **instead})

    def list_users(self) -> ListUsers:
        return ListUsers(directory=self.directory, access=self.access, clock=self.clock)

    def list_mail(self) -> ListMail:
        return ListMail(mails=self.mails)

    def retry_mail(self) -> RetryMail:
        return RetryMail(unit_of_work=self.unit_of_work, clock=self.clock)

    def purge_old_records(self, **instead: Any) -> PurgeOldRecords:
        retention = RetentionPolicy(longest_session=LONGEST_LIFETIME, revocation_window=ACCESS_TOKEN_LIFETIME)
        parts = {"records": self.old_records, "retention": retention, "clock": self.clock}
        return PurgeOldRecords(**{**parts, **instead})

    def tend_signing_keys(self, **instead: Any) -> TendSigningKeys:
        parts = {
            "keys": self.signing_keys,
            "maker": self.signing_key_maker,
            "succession": self.key_succession,
            "unit_of_work": self.unit_of_work,
            "clock": self.clock,
            "algorithm": "ES256",
            "token_lifetime": ACCESS_TOKEN_LIFETIME,
        }
        return TendSigningKeys(**{**parts, **instead})

    def rotate_signing_keys(self, *, algorithm: str | None = "ES256") -> RotateSigningKeys:
        return RotateSigningKeys(
            maker=self.signing_key_maker,
            succession=self.key_succession,
            unit_of_work=self.unit_of_work,
            clock=self.clock,
            algorithm=algorithm,
        )

    def list_signing_keys(self) -> ListSigningKeys:
        return ListSigningKeys(keys=self.signing_keys)

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

    async def with_admin(self, **facts: Any) -> User:
        """Store an admin whom nothing keeps out."""
        return await self.with_user(**{"role": Role.ADMIN, "email_verified_at": self.clock.now(), **facts})

    async def with_session(self, user: User, **facts: Any) -> NewSession:
        """Store a session of a user, which starts now."""
        now = self.clock.now()
        session = a_new_session(user.id, **{"started_at": now, "expires_at": now + SESSION_LIFETIME, **facts})
        async with self.unit_of_work() as work:
            await work.sessions.add(session)
            await work.commit()
        return session

    async def with_login(self, user: User) -> Login:
        """Store a session of a user, as the user's requests come with it."""
        login = await self.sessions.login_by_handle((await self.with_session(user)).handle)
        assert login is not None
        return login

    async def change(self, user: User) -> None:
        """Another state of a user, committed by somebody else."""
        async with self.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(user)
            await work.commit()

    async def replace_hash(self, user_id: UserId, password: str) -> PasswordHash:
        """Another password of a user, committed by somebody else; or the same one with a hash made anew."""
        new = await self.password_hasher.hash(Password.typed(password))
        async with self.unit_of_work() as work:
            await work.users.replace_password_hash(user_id, old=self.account(user_id).password_hash, new=new)
            await work.commit()
        return new

    async def erase(self, user_id: UserId) -> None:
        """No such user any more."""
        del self.database.committed.accounts[user_id]

    # --- What people do ---------------------------------------------------------------------------------------------

    async def deliver(self) -> list[Letter]:
        """Send whatever is due; the letters that left."""
        before = len(self.mailer.letters)
        while (await self.deliver_mail().execute()).found:
            pass
        return self.mailer.letters[before:]

    async def letter_to(self, email: EmailAddress, kind: MailKind | None = None) -> Letter:
        """The newest letter to an address (of a kind), after whatever is due was sent."""
        await self.deliver()
        letters = (one for one in self.mailer.letters if one.recipient == email and kind in {None, one.kind})
        return list(letters)[-1]

    async def token_to(self, email: EmailAddress, purpose: TokenPurpose) -> str:
        """The newest token for a purpose that was mailed to an address."""
        await self.deliver()
        letters = self.mailer.letters
        return [one.tokens[purpose] for one in letters if one.recipient == email and purpose in one.tokens][-1]

    async def forgets(self, email: EmailAddress) -> str:
        """Somebody asks for a password reset; the token that comes by mail."""
        await self.forgot_password().execute(email=str(email), client=CLIENT)
        return await self.token_to(email, TokenPurpose.RESET_PASSWORD)

    async def wants(self, user: User, email: EmailAddress, password: str = PASSWORD) -> str:
        """A user asks for another address; the token that comes to it by mail."""
        actor = self.user(user.id)
        command = ChangeProfileCommand(
            actor=actor, user_id=actor.id, email=str(email), current_password=password, client=CLIENT
        )
        await self.change_profile().execute(command)
        return await self.token_to(email, TokenPurpose.CONFIRM_EMAIL_CHANGE)

    async def moves(self, user: User, email: EmailAddress, password: str = PASSWORD) -> str:
        """A user changes to another address; the token to undo that, which comes to the old one by mail."""
        old, token = self.user(user.id).email, await self.wants(user, email, password)
        await self.confirm_email_change().execute(token=token, client=CLIENT)
        return await self.token_to(old, TokenPurpose.UNDO_EMAIL_CHANGE)

    # --- What has come of it ----------------------------------------------------------------------------------------

    def account(self, user_id: UserId) -> Account:
        return self.database.committed.accounts[user_id]

    def user(self, user_id: UserId) -> User:
        return self.account(user_id).user

    async def password_is(self, user_id: UserId, password: str) -> bool:
        verification = await self.password_hasher.verify(Password.typed(password), self.account(user_id).password_hash)
        return verification.matches

    def ends_of_sessions(self, user: User) -> dict[SessionHandle, EndReason | None]:
        """The sessions of a user, and why those that are over were ended."""
        sessions = self.database.committed.sessions.values()
        return {session.handle: session.end_reason for session in sessions if session.user_id == user.id}

    def issued(self, purpose: TokenPurpose) -> list[OneTimeToken]:
        """Every token that was issued for a purpose, in that order."""
        return [token for token in self.database.committed.tokens.values() if token.purpose is purpose]

    @property
    def unsent(self) -> list[UnsentMail]:
        return list(self.database.committed.mails.values())

    @property
    def audit(self) -> list[AuditEntry]:
        return self.database.committed.audit

    def snapshot(self) -> State:
        """Everything stored at this moment, to compare with what is stored later."""
        return self.database.committed.copy()


def address(name: str) -> EmailAddress:
    """Somebody's address."""
    return EmailAddress(f"{name}@example.com")
