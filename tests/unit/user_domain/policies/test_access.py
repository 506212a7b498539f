"""Who is kept out, and for which reasons, the gravest first."""

from datetime import datetime, timedelta

import pytest

from user_domain.entities.user import Block, Suspension
from user_domain.errors import AccessDenied, AccountBlocked, AccountSuspended
from user_domain.policies import access
from user_domain.testing.builders import NOW, a_block, a_suspension, a_user
from user_domain.value_objects.account_status import AccountStatus

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("block", "suspension", "at", "reasons"),
    [
        pytest.param(None, None, NOW, [], id="nothing against it"),
        pytest.param(a_block(), None, NOW, [AccountBlocked], id="blocked"),
        pytest.param(None, a_suspension(), NOW, [AccountSuspended], id="suspended"),
        pytest.param(None, a_suspension(), NOW + DAY - MOMENT, [AccountSuspended], id="until the last moment"),
        pytest.param(None, a_suspension(), NOW + DAY, [], id="a suspension ends by itself"),
        pytest.param(None, a_suspension(until=None), NOW + 9999 * DAY, [AccountSuspended], id="until lifted"),
        pytest.param(a_block(), a_suspension(), NOW, [AccountBlocked, AccountSuspended], id="a block is graver"),
        pytest.param(a_block(), a_suspension(), NOW + DAY, [AccountBlocked], id="only what still holds"),
    ],
)
def test_every_reason_is_told_the_gravest_first(
    block: Block | None, suspension: Suspension | None, at: datetime, reasons: list[type[AccessDenied]]
) -> None:
    user = a_user(block=block, suspension=suspension)
    assert [type(reason) for reason in access.denials(user, at=at)] == reasons
    assert bool(reasons) is (user.status(at) is not AccountStatus.ACTIVE)


def test_a_suspended_person_hears_until_when() -> None:
    (reason,) = access.denials(a_user(suspension=a_suspension()), at=NOW)
    assert isinstance(reason, AccountSuspended)
    assert reason.until == NOW + DAY
