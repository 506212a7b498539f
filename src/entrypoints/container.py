"""Composition: which adapter stands behind which port. The only file that knows dependency-injector.

Everything is plain and synchronous; what has to be opened and closed is in `lifetime.py`. Replace a part with
`container.<part>.override(…)` on an instance.
"""

from __future__ import annotations

from dependency_injector import containers, providers

from adapters.ed25519.signature_verifier import Ed25519SignatureVerifier
from adapters.files.audit_archive import FileAuditArchive
from adapters.jwt.access_token_codec import JwtAccessTokenCodec
from adapters.jwt.key_set import KeySet
from adapters.jwt.signing_key_maker import CryptographySigningKeyMaker
from adapters.mail.folder import MailFolder
from adapters.passwords.strength import ZxcvbnPasswordStrength
from adapters.postgres.access_queries import PostgresAccessQueries
from adapters.postgres.audit_evidence import PostgresAuditEvidence
from adapters.postgres.audit_keys import AuditKeys
from adapters.postgres.audit_months import PostgresAuditMonths
from adapters.postgres.audit_queries import PostgresAuditQueries
from adapters.postgres.database import Database
from adapters.postgres.mail_queries import PostgresMailQueries
from adapters.postgres.mail_queue import PostgresMailQueue
from adapters.postgres.old_records import PostgresOldRecords
from adapters.postgres.revocation_queries import PostgresRevocationQueries
from adapters.postgres.session_activity import PostgresSessionActivity
from adapters.postgres.session_queries import PostgresSessionQueries
from adapters.postgres.session_refreshes import PostgresSessionRefreshes
from adapters.postgres.signing_key_queries import PostgresSigningKeyQueries
from adapters.postgres.statistics_queries import PostgresStatisticsQueries
from adapters.postgres.statistics_upkeep import PostgresStatisticsUpkeep
from adapters.postgres.status_history_queries import PostgresStatusHistoryQueries
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.postgres.user_directory import PostgresUserDirectory
from adapters.postgres.user_queries import PostgresUserQueries
from adapters.system.clock import SystemClock
from adapters.system.key_ring import KeyRing
from adapters.system.secret_source import SystemSecretSource
from adapters.tokens.one_time_token_codec import HmacOneTimeTokenCodec
from adapters.tokens.refresh_token_codec import HmacRefreshTokenCodec
from adapters.user_agents.device_parser import UapDeviceParser
from entrypoints import parts
from entrypoints.application import Application
from entrypoints.settings import Settings
from entrypoints.worker.bell import Bell
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
from user_domain.use_cases.administration.block_user import BlockUser
from user_domain.use_cases.administration.change_role import ChangeRole
from user_domain.use_cases.administration.create_admin import CreateAdmin
from user_domain.use_cases.administration.create_user import CreateUser
from user_domain.use_cases.administration.end_user_session import EndUserSession
from user_domain.use_cases.administration.explain_access import ExplainAccess
from user_domain.use_cases.administration.get_statistics import GetStatistics
from user_domain.use_cases.administration.get_timeseries import GetTimeseries
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
from user_domain.use_cases.audit.record_forbidden_call import RecordForbiddenCall
from user_domain.use_cases.audit.retire_audit_months import RetireAuditMonths
from user_domain.use_cases.audit.seal_audit_trail import SealAuditTrail
from user_domain.use_cases.audit.verify_audit_archive import VerifyAuditArchive
from user_domain.use_cases.audit.verify_audit_trail import VerifyAuditTrail
from user_domain.use_cases.authentication.authenticate import Authenticate
from user_domain.use_cases.authentication.list_revocations import ListRevocations
from user_domain.use_cases.authentication.log_in import LogIn
from user_domain.use_cases.authentication.log_out import LogOut
from user_domain.use_cases.authentication.refresh_session import RefreshSession
from user_domain.use_cases.authentication.report_not_me import ReportNotMe
from user_domain.use_cases.mail.deliver_mail import DeliverMail
from user_domain.use_cases.mail.list_mail import ListMail
from user_domain.use_cases.mail.retry_mail import RetryMail
from user_domain.use_cases.maintenance.create_audit_months import CreateAuditMonths
from user_domain.use_cases.maintenance.fold_statistics import FoldStatistics
from user_domain.use_cases.maintenance.list_signing_keys import ListSigningKeys
from user_domain.use_cases.maintenance.purge_old_records import PurgeOldRecords
from user_domain.use_cases.maintenance.recount_statistics import RecountStatistics
from user_domain.use_cases.maintenance.rotate_signing_keys import RotateSigningKeys
from user_domain.use_cases.maintenance.settle_sessions import SettleSessions
from user_domain.use_cases.maintenance.tend_signing_keys import TendSigningKeys
from user_domain.use_cases.passwords.change_password import ChangePassword
from user_domain.use_cases.passwords.forgot_password import ForgotPassword
from user_domain.use_cases.passwords.reset_password import ResetPassword
from user_domain.use_cases.profile.change_profile import ChangeProfile
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


class Container(containers.DeclarativeContainer):
    """The composed service. `conninfo` is where the database is: the settings', or the embedded server's."""

    settings = providers.Dependency(instance_of=Settings)
    conninfo = providers.Dependency(instance_of=str)

    # System
    clock = providers.Singleton(SystemClock)
    secrets = providers.Singleton(SystemSecretSource)
    devices = providers.Singleton(UapDeviceParser)
    keys = providers.Singleton(KeyRing, settings.provided.master_keys)

    # Policies
    access = providers.Singleton(parts.access_policy, settings)
    session_policy = providers.Singleton(parts.session_policy, settings)
    token_lifetime = session_policy.provided.access_token
    retention = providers.Singleton(parts.retention_policy, settings, session_policy)
    calendar = providers.Singleton(parts.calendar, settings)

    # Storage
    mail_bell = providers.Singleton(Bell)
    database = providers.Singleton(Database, conninfo, providers.Callable(parts.pool_settings, settings))
    audit_keys = providers.Singleton(AuditKeys, database, keys=keys.provided.keys.call("audit-trail"))
    unit_of_work = providers.Factory(
        PostgresUnitOfWork,
        database,
        audit_keys=audit_keys,
        name_key=providers.Singleton(lambda ring: ring.keys("cool-downs")[0], keys),
        calendar=calendar,
        longest_idle=session_policy.provided.longest_idle,
        on_mail=mail_bell.provided.ring,
    )
    audit_queries = providers.Singleton(PostgresAuditQueries, database, audit_keys)
    users = providers.Singleton(PostgresUserQueries, database, audit_keys)
    directory = providers.Singleton(PostgresUserDirectory, database)
    sessions = providers.Singleton(PostgresSessionQueries, database)
    session_refreshes = providers.Singleton(PostgresSessionRefreshes, database)
    access_records = providers.Singleton(PostgresAccessQueries, database, audit_keys)
    session_activity = providers.Singleton(PostgresSessionActivity, database, calendar)
    revocations = providers.Singleton(PostgresRevocationQueries, database)
    mails = providers.Singleton(PostgresMailQueries, database)
    mail_queue = providers.Singleton(PostgresMailQueue, database)
    signing_keys = providers.Singleton(PostgresSigningKeyQueries, database)
    status_history = providers.Singleton(PostgresStatusHistoryQueries, database)
    old_records = providers.Singleton(PostgresOldRecords, database)
    statistics = providers.Singleton(PostgresStatisticsQueries, database)
    statistics_upkeep = providers.Singleton(PostgresStatisticsUpkeep, database)

    # Seals of the audit trail
    audit_evidence = providers.Singleton(PostgresAuditEvidence, database)
    audit_months = providers.Singleton(PostgresAuditMonths, database)
    audit_signer = providers.Singleton(parts.audit_signer, settings)
    audit_public_keys = providers.Callable(parts.audit_public_keys, settings)
    signatures = providers.Singleton(Ed25519SignatureVerifier, audit_public_keys)
    audit_archive = providers.Singleton(FileAuditArchive, providers.Callable(lambda s: s.data_dir / "audit", settings))

    # Mail
    mail_folder = providers.Singleton(MailFolder, providers.Callable(lambda s: s.data_dir / "mailbox", settings))
    mailer = providers.Singleton(parts.mailer, settings, mail_folder)

    # Secrets of people
    password_hasher = providers.Singleton(parts.password_hasher, settings)
    password_strength = providers.Singleton(ZxcvbnPasswordStrength)
    breached_passwords = providers.Singleton(parts.breached_passwords, settings)
    one_time_token_codec = providers.Singleton(HmacOneTimeTokenCodec, keys=keys.provided.keys.call("one-time-tokens"))
    refresh_token_codec = providers.Singleton(HmacRefreshTokenCodec, keys=keys.provided.keys.call("refresh-tokens"))
    signing_key_maker = providers.Singleton(CryptographySigningKeyMaker, keys=keys.provided.keys.call("signing-keys"))
    key_bell = providers.Singleton(Bell)
    key_set = providers.Singleton(
        KeySet,
        keys=signing_keys,
        maker=signing_key_maker,
        algorithm=providers.Callable(parts.key_algorithm, settings),
        token_lifetime=token_lifetime,
        on_unknown=key_bell.provided.ring,
    )
    access_tokens = providers.Singleton(
        JwtAccessTokenCodec,
        algorithm=settings.provided.algorithm,
        secret_keys=settings.provided.secret_keys,
        key_set=key_set,
        issuer=settings.provided.jwt_issuer,
        audience=settings.provided.jwt_audience,
    )

    # Steps
    new_password = providers.Singleton(
        NewPassword, strength=password_strength, breached=breached_passwords, hasher=password_hasher
    )
    current_password = providers.Singleton(
        CurrentPassword, users=users, unit_of_work=unit_of_work.provider, hasher=password_hasher, clock=clock
    )
    tokens = providers.Singleton(OneTimeTokens, codec=one_time_token_codec, secrets=secrets)
    postbox = providers.Singleton(Postbox, tokens=tokens, secrets=secrets)
    session_start = providers.Singleton(SessionStart, secrets=secrets, sessions=session_policy)
    session_tokens = providers.Singleton(
        SessionTokens,
        access_tokens=access_tokens,
        refresh_tokens=refresh_token_codec,
        secrets=secrets,
        sessions=session_policy,
    )
    session_list = providers.Singleton(SessionList, session_policy=session_policy, devices=devices)
    session_end = providers.Singleton(SessionEnd, unit_of_work=unit_of_work.provider, clock=clock)
    requested_mail = providers.Singleton(
        RequestedMail, users=users, unit_of_work=unit_of_work.provider, postbox=postbox, clock=clock
    )
    email_change = providers.Singleton(
        EmailChange, users=users, current_password=current_password, access=access, postbox=postbox, clock=clock
    )
    account_opening = providers.Singleton(
        AccountOpening, unit_of_work=unit_of_work.provider, new_password=new_password, postbox=postbox, clock=clock
    )
    account_control = providers.Singleton(AccountControl, access=access, postbox=postbox, clock=clock)
    key_succession = providers.Singleton(KeySuccession, maker=signing_key_maker)

    # Use cases
    application = providers.Singleton(
        Application,
        clock=clock,
        access=access,
        register=providers.Singleton(
            Register, unit_of_work=unit_of_work.provider, new_password=new_password, postbox=postbox, clock=clock
        ),
        verify_email=providers.Singleton(VerifyEmail, unit_of_work=unit_of_work.provider, tokens=tokens, clock=clock),
        resend_verification=providers.Singleton(
            ResendVerification, unit_of_work=unit_of_work.provider, postbox=postbox, clock=clock
        ),
        get_verification_status=providers.Singleton(GetVerificationStatus, users=users),
        log_in=providers.Singleton(
            LogIn,
            users=users,
            unit_of_work=unit_of_work.provider,
            password_hasher=password_hasher,
            access=access,
            session_policy=session_policy,
            session_start=session_start,
            session_tokens=session_tokens,
            postbox=postbox,
            clock=clock,
        ),
        refresh_session=providers.Singleton(
            RefreshSession,
            refresh_tokens=refresh_token_codec,
            refreshes=session_refreshes,
            unit_of_work=unit_of_work.provider,
            access=access,
            session_policy=session_policy,
            session_tokens=session_tokens,
            session_end=session_end,
            activity=session_activity,
            postbox=postbox,
            clock=clock,
        ),
        log_out=providers.Singleton(LogOut, session_end=session_end),
        authenticate=providers.Singleton(
            Authenticate,
            access_tokens=access_tokens,
            sessions=sessions,
            access=access,
            session_policy=session_policy,
            session_end=session_end,
            activity=session_activity,
            clock=clock,
        ),
        list_own_sessions=providers.Singleton(
            ListOwnSessions, sessions=sessions, session_policy=session_policy, session_list=session_list, clock=clock
        ),
        end_own_session=providers.Singleton(EndOwnSession, sessions=sessions, session_end=session_end),
        log_out_everywhere=providers.Singleton(
            LogOutEverywhere, unit_of_work=unit_of_work.provider, session_policy=session_policy, clock=clock
        ),
        report_not_me=providers.Singleton(
            ReportNotMe, unit_of_work=unit_of_work.provider, tokens=tokens, postbox=postbox, clock=clock
        ),
        list_revocations=providers.Singleton(
            ListRevocations,
            revocations=revocations,
            clock=clock,
            token_lifetime=token_lifetime,
            margin=providers.Callable(parts.revocation_margin, settings),
        ),
        forgot_password=providers.Singleton(
            ForgotPassword, unit_of_work=unit_of_work.provider, postbox=postbox, clock=clock
        ),
        reset_password=providers.Singleton(
            ResetPassword,
            unit_of_work=unit_of_work.provider,
            tokens=tokens,
            new_password=new_password,
            access=access,
            postbox=postbox,
            clock=clock,
        ),
        change_password=providers.Singleton(
            ChangePassword,
            unit_of_work=unit_of_work.provider,
            current_password=current_password,
            new_password=new_password,
            access=access,
            session_policy=session_policy,
            postbox=postbox,
            clock=clock,
        ),
        get_user=providers.Singleton(GetUser, users=users),
        change_profile=providers.Singleton(
            ChangeProfile, unit_of_work=unit_of_work.provider, email_change=email_change, clock=clock
        ),
        confirm_email_change=providers.Singleton(
            ConfirmEmailChange,
            unit_of_work=unit_of_work.provider,
            tokens=tokens,
            access=access,
            email_change=email_change,
            clock=clock,
        ),
        undo_email_change=providers.Singleton(
            UndoEmailChange, unit_of_work=unit_of_work.provider, tokens=tokens, postbox=postbox, clock=clock
        ),
        list_users=providers.Singleton(ListUsers, directory=directory, access=access, clock=clock),
        see_user=providers.Singleton(SeeUser, users=users),
        list_status_history=providers.Singleton(ListStatusHistory, users=users, history=status_history),
        block_user=providers.Singleton(
            BlockUser, unit_of_work=unit_of_work.provider, control=account_control, clock=clock
        ),
        unblock_user=providers.Singleton(
            UnblockUser, unit_of_work=unit_of_work.provider, control=account_control, clock=clock
        ),
        suspend_user=providers.Singleton(
            SuspendUser, unit_of_work=unit_of_work.provider, control=account_control, clock=clock
        ),
        change_role=providers.Singleton(
            ChangeRole, unit_of_work=unit_of_work.provider, control=account_control, clock=clock
        ),
        require_password_reset=providers.Singleton(
            RequirePasswordReset, unit_of_work=unit_of_work.provider, control=account_control, clock=clock
        ),
        create_user=providers.Singleton(
            CreateUser, opening=account_opening, unit_of_work=unit_of_work.provider, clock=clock
        ),
        create_admin=providers.Singleton(CreateAdmin, opening=account_opening),
        promote_to_admin=providers.Singleton(
            PromoteToAdmin, users=users, unit_of_work=unit_of_work.provider, postbox=postbox, clock=clock
        ),
        list_user_sessions=providers.Singleton(
            ListUserSessions,
            sessions=sessions,
            users=users,
            session_policy=session_policy,
            session_list=session_list,
            clock=clock,
        ),
        end_user_session=providers.Singleton(EndUserSession, sessions=sessions, session_end=session_end),
        log_user_out=providers.Singleton(
            LogUserOut, unit_of_work=unit_of_work.provider, session_policy=session_policy, clock=clock
        ),
        explain_access=providers.Singleton(
            ExplainAccess, access_records=access_records, access=access, session_policy=session_policy, clock=clock
        ),
        record_forbidden_call=providers.Singleton(RecordForbiddenCall, unit_of_work=unit_of_work.provider, clock=clock),
        list_audit_entries=providers.Singleton(ListAuditEntries, trail=audit_queries),
        export_audit_entries=providers.Singleton(
            ExportAuditEntries, unit_of_work=unit_of_work.provider, trail=audit_queries, clock=clock
        ),
        list_audit_seals=providers.Singleton(ListAuditSeals, evidence=audit_evidence),
        deliver_mail=providers.Singleton(
            DeliverMail,
            queue=mail_queue,
            mailer=mailer,
            requested_mail=requested_mail,
            codec=one_time_token_codec,
            devices=devices,
            secrets=secrets,
            clock=clock,
        ),
        list_mail=providers.Singleton(ListMail, mails=mails),
        retry_mail=providers.Singleton(RetryMail, unit_of_work=unit_of_work.provider, clock=clock),
        purge_old_records=providers.Singleton(
            PurgeOldRecords,
            records=old_records,
            retention=retention,
            clock=clock,
        ),
        tend_signing_keys=providers.Singleton(
            TendSigningKeys,
            keys=signing_keys,
            maker=signing_key_maker,
            succession=key_succession,
            unit_of_work=unit_of_work.provider,
            clock=clock,
            algorithm=providers.Callable(parts.key_algorithm, settings),
            token_lifetime=token_lifetime,
        ),
        rotate_signing_keys=providers.Singleton(
            RotateSigningKeys,
            maker=signing_key_maker,
            succession=key_succession,
            unit_of_work=unit_of_work.provider,
            clock=clock,
            algorithm=providers.Callable(parts.key_algorithm, settings),
        ),
        list_signing_keys=providers.Singleton(ListSigningKeys, keys=signing_keys),
        seal_audit_trail=providers.Singleton(
            SealAuditTrail, unit_of_work=unit_of_work.provider, signer=audit_signer, clock=clock
        ),
        verify_audit_trail=providers.Singleton(VerifyAuditTrail, evidence=audit_evidence, signatures=signatures),
        verify_audit_archive=providers.Singleton(
            VerifyAuditArchive, evidence=audit_evidence, archive=audit_archive, signatures=signatures
        ),
        retire_audit_months=providers.Singleton(
            RetireAuditMonths,
            evidence=audit_evidence,
            archive=audit_archive,
            signer=audit_signer,
            signatures=signatures,
            unit_of_work=unit_of_work.provider,
            clock=clock,
        ),
        create_audit_months=providers.Singleton(CreateAuditMonths, months=audit_months, clock=clock),
        get_statistics=providers.Singleton(
            GetStatistics,
            statistics=statistics,
            verified_email_required=access.provided.verified_email_required,
            calendar=calendar,
            clock=clock,
        ),
        get_timeseries=providers.Singleton(GetTimeseries, statistics=statistics, calendar=calendar, clock=clock),
        fold_statistics=providers.Singleton(FoldStatistics, upkeep=statistics_upkeep),
        settle_sessions=providers.Singleton(
            SettleSessions, upkeep=statistics_upkeep, session_policy=session_policy, clock=clock
        ),
        recount_statistics=providers.Singleton(
            RecountStatistics, upkeep=statistics_upkeep, session_policy=session_policy, clock=clock
        ),
    )
