"""Which passwords may be chosen."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from user_domain.errors import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.password import Password
    from user_domain.value_objects.person_name import PersonName

MIN_LENGTH, MAX_LENGTH = 8, 128
"""In code points after NFC. NIST 800-63B-4 3.1.1.2 asks for 15 where there is no second factor, and for at least 64 to
be possible; ADR 0008 says why 8 stays."""

MIN_STRENGTH = 2
"""Of 4, as zxcvbn counts: a password guessed within a million tries is refused, however it is composed."""

_SHORTEST_WORD = 4  # letters; shorter ones turn up in good passwords by chance


def violations(
    password: Password, *, name: PersonName | None, email: EmailAddress | None, field: str = "password"
) -> list[Violation]:
    """Every rule of composition the password breaks; name and e-mail are the person's, where known."""
    return [Violation(field, code, message) for code, message in _broken_rules(password.value, name, email)]


def too_common(field: str) -> Violation:
    """What is said of a password below `MIN_STRENGTH`."""
    return Violation(field, "too_common", "This password is too easy to guess. Please choose another one.")


def breached(field: str) -> Violation:
    """What is said of a password that attackers have in their lists."""
    message = "This password is known from a data breach elsewhere. Please choose another one."
    return Violation(field, "breached", message)


def _broken_rules(text: str, name: PersonName | None, email: EmailAddress | None) -> Iterator[tuple[str, str]]:
    if len(text) < MIN_LENGTH:
        yield "too_short", f"The password needs at least {MIN_LENGTH} characters."
    if len(text) > MAX_LENGTH:
        yield "too_long", f"The password has more than {MAX_LENGTH} characters."
        return  # looking further would cost time that grows with what a stranger sends
    categories = {unicodedata.category(character) for character in text}
    if categories & {"Cc", "Cs"}:
        yield "invalid_characters", "The password has characters that cannot be typed."
    # Most of the world's letters have no case (Lo); a password in one of those scripts is not forced into Latin.
    if not categories & {"Lu", "Lt", "Lo"}:
        yield "no_upper_case", "The password needs an upper-case letter."
    if not categories & {"Ll", "Lo"}:
        yield "no_lower_case", "The password needs a lower-case letter."
    if "Nd" not in categories:
        yield "no_digit", "The password needs a digit."
    if not any(category[0] in "PSZ" for category in categories):
        yield "no_special_character", "The password needs a special character, such as ! or a space."
    folded = text.casefold()
    if any(word in folded for word in personal_words(name, email)):
        yield "contains_personal_word", "The password must not contain a part of your name or e-mail address."


def personal_words(name: PersonName | None, email: EmailAddress | None) -> set[str]:
    """The words of name and address that turn up in passwords, folded."""
    text = f"{name.value if name else ''} {email.local_part if email else ''}"
    # Marks belong to words: most vowels of the Indic scripts are marks.
    words = "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in text).split()
    return {word.casefold() for word in words if sum(map(str.isalpha, word)) >= _SHORTEST_WORD}
