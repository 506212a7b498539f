"""A one-time token is good once, for a while, and until something takes its place."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from user_domain.entities.one_time_token import OneTimeToken
from user_domain.errors import OneTimeTokenExpired, OneTimeTokenInvalid, OneTimeTokenRefused
from user_domain.testing.builders import NOW, a_token, a_user

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
EXPIRY = NOW + HOUR


def token(**facts: Any) -> OneTimeToken:
    return a_token(a_user(), **{"expires_at": EXPIRY, **facts})


@pytest.mark.parametrize(
    ("facts", "at", "refusal"),
    [
        pytest.param({}, NOW, None, id="from the start"),
        pytest.param({}, EXPIRY - MOMENT, None, id="until the last moment"),
        pytest.param({}, EXPIRY, OneTimeTokenExpired, id="not at its expiry"),
        pytest.param({}, EXPIRY + 9999 * HOUR, OneTimeTokenExpired, id="nor later"),
        pytest.param({"used_at": NOW}, NOW, OneTimeTokenInvalid, id="not twice"),
        pytest.param({"voided_at": NOW}, NOW, OneTimeTokenInvalid, id="not when it is void"),
        pytest.param({"used_at": NOW}, EXPIRY, OneTimeTokenInvalid, id="used, and expired since"),
        pytest.param({"used_at": NOW + HOUR}, NOW, OneTimeTokenInvalid, id="used, on a clock that is behind"),
    ],
)
def test_when_a_token_is_good(facts: dict[str, Any], at: datetime, refusal: type[OneTimeTokenRefused] | None) -> None:
    one = token(**facts)
    assert one.is_good(at) is (refusal is None)
    if refusal is None:
        one.require_good(at=at)
    else:
        with pytest.raises(refusal):
            one.require_good(at=at)
