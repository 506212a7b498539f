"""Why somebody gets in or does not, on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.schemas.common import Timestamp
from user_domain.errors import AccountSuspended
from user_domain.ports.access_queries import LoginOutcome

if TYPE_CHECKING:
    from user_domain.errors import DomainError
    from user_domain.ports.access_queries import LoginAttempt
    from user_domain.use_cases.administration.explain_access import AccessDecision


class AccessReason(BaseModel):
    """Something that login refuses the person for."""

    code: str = Field(description="As login answers it; `/problems/{code}` says what it means.")
    detail: str = Field(description="What the person is shown.")
    until: Timestamp | None = Field(description="When it is over by itself; null: somebody has to do something.")

    @classmethod
    def of(cls, reason: DomainError) -> AccessReason:
        """The reason. Not validated again: it comes from the domain."""
        until = reason.until if isinstance(reason, AccountSuspended) else None
        return cls.model_construct(code=reason.code, detail=str(reason), until=until)


class LoginAttemptResource(BaseModel):
    """Somebody tried to log in to the account."""

    at: Timestamp
    outcome: LoginOutcome = Field(description="`failure`: a wrong password. `denied`: the right one, and a reason.")
    reason: str | None = Field(description="The code it was refused with.")
    ip_address: str | None
    user_agent: str | None
    request_id: str | None

    @classmethod
    def of(cls, attempt: LoginAttempt) -> LoginAttemptResource:
        """The attempt. Not validated again: it comes from the domain."""
        return cls.model_construct(
            at=attempt.at,
            outcome=attempt.outcome,
            reason=attempt.reason,
            ip_address=attempt.client.ip_address,
            user_agent=attempt.client.user_agent,
            request_id=attempt.client.request_id,
        )


class AccessDecisionResource(BaseModel):
    """Whether the person can log in now, every reason why not, and the attempts made last."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "allowed": False,
                "reasons": [
                    {
                        "code": "account_suspended",
                        "detail": "Your account is suspended until 2026-03-23 00:00 UTC. Please contact support.",
                        "until": "2026-03-23T00:00:00.000000Z",
                    }
                ],
                "recent_attempts": [
                    {
                        "at": "2026-03-16T12:00:00.000000Z",
                        "outcome": "denied",
                        "reason": "account_suspended",
                        "ip_address": "203.0.113.7",
                        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
                        "request_id": "b7ad6b7169203331",
                    }
                ],
            }
        }
    )

    allowed: bool
    reasons: list[AccessReason] = Field(description="The gravest first; login answers that one.")
    recent_attempts: list[LoginAttemptResource] = Field(description="Up to 20, the newest first.")

    @classmethod
    def of(cls, decision: AccessDecision) -> AccessDecisionResource:
        """The decision. Not validated again: it comes from the domain."""
        return cls.model_construct(
            allowed=decision.is_allowed,
            reasons=[AccessReason.of(reason) for reason in decision.reasons],
            recent_attempts=[LoginAttemptResource.of(attempt) for attempt in decision.recent_attempts],
        )
