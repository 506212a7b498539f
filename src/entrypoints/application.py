"""What the entry points can ask of the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.policies.access import AccessPolicy
    from user_domain.ports.clock import Clock
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Every use case, composed; and the clock and the access policy they go by."""

    clock: Clock
    access: AccessPolicy
    register: Register
    verify_email: VerifyEmail
    resend_verification: ResendVerification
    get_verification_status: GetVerificationStatus
    log_in: LogIn
    refresh_session: RefreshSession
    log_out: LogOut
    authenticate: Authenticate
    list_own_sessions: ListOwnSessions
    end_own_session: EndOwnSession
    log_out_everywhere: LogOutEverywhere
    report_not_me: ReportNotMe
    list_revocations: ListRevocations
    forgot_password: ForgotPassword
    reset_password: ResetPassword
    change_password: ChangePassword
    get_user: GetUser
    change_profile: ChangeProfile
    confirm_email_change: ConfirmEmailChange
    undo_email_change: UndoEmailChange
    list_users: ListUsers
    see_user: SeeUser
    list_status_history: ListStatusHistory
    block_user: BlockUser
    unblock_user: UnblockUser
    suspend_user: SuspendUser
    change_role: ChangeRole
    require_password_reset: RequirePasswordReset
    create_user: CreateUser
    create_admin: CreateAdmin
    promote_to_admin: PromoteToAdmin
    list_user_sessions: ListUserSessions
    end_user_session: EndUserSession
    log_user_out: LogUserOut
    explain_access: ExplainAccess
    record_forbidden_call: RecordForbiddenCall
    list_audit_entries: ListAuditEntries
    export_audit_entries: ExportAuditEntries
    list_audit_seals: ListAuditSeals
    deliver_mail: DeliverMail
    list_mail: ListMail
    retry_mail: RetryMail
    purge_old_records: PurgeOldRecords
    tend_signing_keys: TendSigningKeys
    rotate_signing_keys: RotateSigningKeys
    list_signing_keys: ListSigningKeys
    seal_audit_trail: SealAuditTrail
    verify_audit_trail: VerifyAuditTrail
    verify_audit_archive: VerifyAuditArchive
    retire_audit_months: RetireAuditMonths
    create_audit_months: CreateAuditMonths
    get_statistics: GetStatistics
    get_timeseries: GetTimeseries
    fold_statistics: FoldStatistics
    settle_sessions: SettleSessions
    recount_statistics: RecountStatistics
