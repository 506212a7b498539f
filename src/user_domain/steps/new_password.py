"""Choosing a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import InvalidInput
from user_domain.policies import password as password_policy

if TYPE_CHECKING:
    from user_domain.ports.breached_passwords import BreachedPasswords
    from user_domain.ports.password_hasher import PasswordHash, PasswordHasher
    from user_domain.ports.password_strength import PasswordStrength
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.password import Password
    from user_domain.value_objects.person_name import PersonName


class NewPassword:
    """The way from what a person chose to the hash that is stored: composition, strength, breaches, hash; each only
    where the one before it, which costs less, had nothing to say.
    """

    def __init__(self, *, strength: PasswordStrength, breached: BreachedPasswords, hasher: PasswordHasher) -> None:
        self._strength = strength
        self._breached = breached
        self._hasher = hasher

    async def hash(
        self, password: Password, *, name: PersonName, email: EmailAddress, field: str = "password"
    ) -> PasswordHash:
        """The hash of a password that may be chosen.

        Raises:
            InvalidInput: it may not; `field` is what the caller calls it.
            Overloaded: too much hashing waits already.
        """
        violations = password_policy.violations(password, name=name, email=email, field=field)
        if not violations:
            personal = sorted(password_policy.personal_words(name, email))
            if await self._strength.score(password, personal=personal) < password_policy.MIN_STRENGTH:
                violations = [password_policy.too_common(field)]
            elif await self._breached.contains(password):
                violations = [password_policy.breached(field)]
        if violations:
            raise InvalidInput(violations)
        return await self._hasher.hash(password)
