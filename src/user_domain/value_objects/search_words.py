"""What somebody types to find people, and what people are found by."""

from __future__ import annotations

import string
import unicodedata
from dataclasses import dataclass

from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.person_name import PersonName

# Hyphens, dashes and apostrophes as typesetters have them are in names too.
_MARKS = str.maketrans(dict.fromkeys(string.punctuation + "\u2010\u2011\u2012\u2013\u2014\u2018\u2019", " "))
_LONGEST = EmailAddress.MAX_LENGTH
# Of a name and an address as long as they can be: the name's words and their parts, half as many parts of the address,
# the address itself, its domain, the number with and without its plus.
_MOST = PersonName.MAX_LENGTH + EmailAddress.MAX_LENGTH // 2 + 4
_DECOMPOSED = 4  # characters, at most, that composing makes one of


@dataclass(frozen=True, slots=True)
class SearchWords:
    """The words of a search: each of them has to be the beginning of a word that a person is found by.

    Words stand between white space, and anything else is part of them: no character means anything here. Upper and
    lower case are the same, letter by letter; other differences, such as accents, count.
    """

    words: tuple[str, ...]

    @classmethod
    def parse(cls, raw: str) -> SearchWords | None:
        """Read what somebody typed, composed as names are; None where that is nothing but white space."""
        # Nobody has a word that long, and composing hostile text takes quadratic time.
        words = [w if len(w) > _DECOMPOSED * _LONGEST else unicodedata.normalize("NFC", w) for w in raw.split()]
        return cls(tuple(dict.fromkeys(words))) if words else None

    @property
    def decisive(self) -> tuple[str, ...]:
        """Those that are not implied by another one, which begins with them."""
        by_folded = {folded(word): word for word in self.words}
        ordered = sorted(by_folded)
        # Right behind a word come those that begin with it.
        kept = [
            word for word, following in zip(ordered, [*ordered[1:], ""], strict=True) if not following.startswith(word)
        ]
        return tuple(by_folded[word] for word in kept)

    @property
    def can_match(self) -> bool:
        """Whether anybody can be found at all. The decisive words need a word of the person each, and nobody has so
        many, nor such long ones, nor any with what no text can hold.
        """
        return len(self.decisive) <= _MOST and all(
            len(word) <= _LONGEST and "\0" not in word and not any("\ud800" <= c <= "\udfff" for c in word)
            for word in self.words
        )

    def match(self, *, name: str, email: str, mobile: str) -> bool:
        """Whether somebody is found by them."""
        found_by = words_of(name=name, email=email, mobile=mobile)
        return all(any(one.startswith(beginning) for one in found_by) for beginning in map(folded, self.words))


def words_of(*, name: str, email: str, mobile: str) -> frozenset[str]:
    """What a person is found by: the words of the name, the address, its domain, the number, and the parts of all
    these between punctuation marks.
    """
    whole = [*name.split(), email, mobile]
    parts = " ".join(whole).translate(_MARKS).split()
    return frozenset(folded(word) for word in (*whole, email.partition("@")[2], *parts) if word)


def folded(text: str) -> str:
    """A text without upper case. Letter by letter, unlike `lower`, which looks at what stands beside a sigma."""
    return "".join(letter.lower()[0] for letter in text)  # only İ becomes two characters, of which the second is a dot
