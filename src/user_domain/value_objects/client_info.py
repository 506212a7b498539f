"""Where a request came from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from user_domain.errors import InvalidInput, Violation

_MAX_USER_AGENT = 512  # real ones stay under 400; longer ones are cut, since it is kept with every session and entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInfo:
    """The origin of a request as the service saw it. All of it may be absent (a command line has none)."""

    ip_address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None

    @classmethod
    def seen(cls, *, ip_address: str | None, user_agent: str | None, request_id: str | None) -> ClientInfo:
        """What a request said of itself, cut to a size worth keeping; what is no IP address (a Unix socket) is none."""
        return cls(
            ip_address=_normalised(ip_address) if ip_address else None,
            user_agent=user_agent[:_MAX_USER_AGENT] if user_agent else None,
            request_id=request_id,
        )

    @property
    def network(self) -> str | None:
        """The network of the address, as one household or company has it: IPv4 /24, IPv6 /64."""
        if self.ip_address is None:
            return None
        prefix = 24 if isinstance(ipaddress.ip_address(self.ip_address), ipaddress.IPv4Address) else 64
        return str(ipaddress.ip_network(f"{self.ip_address}/{prefix}", strict=False))

    def without_origin(self) -> ClientInfo:
        """The same request, for somebody whom it does not concern where it came from."""
        return ClientInfo(request_id=self.request_id)


def parse_ip_address(raw: str) -> str:
    """An IP address that somebody looks for, as requests from there have it.

    Raises:
        InvalidInput: `invalid_format`, for the field `ip`.
    """
    ip_address = _normalised(raw)
    if ip_address is None:
        message = "This is not an IP address such as 203.0.113.7 or 2001:db8::7."
        raise InvalidInput([Violation("ip", "invalid_format", message)])
    return ip_address


def _normalised(ip_address: str) -> str | None:
    try:
        # A zone (fe80::1%eth0) means something on this machine only.
        address = ipaddress.ip_address(ip_address.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
