"""Whom mails come from."""

from __future__ import annotations

from email.headerregistry import Address, Group, HeaderRegistry


def sender(text: str) -> Address:
    """The one address that a From header has, such as `Shop <no-reply@shop.example.com>`.

    Raises:
        ValueError: it has none, or more, or one that cannot be written in ASCII.
    """
    found = _addresses(text)
    if len(found) != 1 or not found[0].domain or not found[0].addr_spec.isascii():
        message = "must be an address such as: Shop <no-reply@shop.example.com>"
        raise ValueError(message)
    return Address(found[0].display_name, found[0].username, found[0].domain)


def _addresses(text: str) -> tuple[Address, ...]:
    try:
        header = HeaderRegistry()("from", text)
    except Exception:  # noqa: BLE001 - the parser stumbles in many ways over what it cannot read
        return ()
    groups: tuple[Group, ...] = header.groups  # type: ignore[attr-defined]  # the class is made at run time
    if header.defects or any(group.display_name is not None for group in groups):
        return ()
    return tuple(address for group in groups for address in group.addresses)
