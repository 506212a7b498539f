"""All languages say the same things, with the same gaps to fill."""

from __future__ import annotations

import re
from email.headerregistry import Address
from string import Formatter

import pytest

from adapters.mail.links import MailLinks
from adapters.mail.rendering import LANGUAGES, LetterWriter, translations
from user_domain.testing.builders import a_letter
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.locale import Locale

ENGLISH = translations("en")
ARABIC_LETTER = re.compile(r"[\u0600-\u06ff]")

each_language = pytest.mark.parametrize("language", LANGUAGES)


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_there_is_a_section_for_every_kind_of_mail_and_a_common_one() -> None:
    assert set(ENGLISH) == {"common", *MailKind}


@each_language
def test_no_language_lacks_a_sentence_or_has_one_more(language: str) -> None:
    keys = {section: set(sentences) for section, sentences in translations(language).items()}
    assert keys == {section: set(sentences) for section, sentences in ENGLISH.items()}


@each_language
def test_every_sentence_has_the_gaps_of_the_english_one(language: str) -> None:
    for section, sentences in translations(language).items():
        for key, sentence in sentences.items():
            assert gaps(sentence) == gaps(ENGLISH[section][key]), f"{section}.{key}"


@each_language
def test_no_section_says_anew_what_the_common_one_says(language: str) -> None:
    sections = translations(language)
    common = set(sections.pop("common"))
    assert [section for section, sentences in sections.items() if common & set(sentences)] == []


@each_language
def test_a_sentence_is_one_line_without_spaces_around_it(language: str) -> None:
    for sentences in translations(language).values():
        for key, sentence in sentences.items():
            assert sentence, key
            assert sentence.strip(" \n") == sentence, key
            assert len(sentence.splitlines()) == 1, key


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_nothing_was_left_in_english(language: str) -> None:
    alike_in_any_language = {"colon"}
    for section, sentences in translations(language).items():
        same = {key for key, sentence in sentences.items() if sentence == ENGLISH[section][key]}
        assert same <= alike_in_any_language, section


def test_arabic_is_written_in_arabic() -> None:
    for sentences in translations("ar").values():
        for key, sentence in sentences.items():
            assert ARABIC_LETTER.search(sentence) or key == "colon", key


@each_language
@pytest.mark.parametrize("kind", MailKind)
def test_every_kind_can_be_written_in_every_language(kind: MailKind, language: str) -> None:
    """Also proves that every sentence there is gets used, and that every lifetime has its phrase."""
    writer = LetterWriter(
        Address("Shop", "shop", "shop.example"), MailLinks("https://id.example", "https://shop.example")
    )
    message = writer.write(a_letter(kind, locale=Locale(language)))
    sentences = translations(language)[kind]
    assert message["Subject"] == sentences["subject"]
    text = message.get_body(("plain",))
    assert text is not None
    said = " ".join(text.get_content().split())
    for key in set(sentences) - {"subject"}:
        assert " ".join(sentences[key].split()) in said, key


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        ("en", ("1 hour", "24 hours", "7 days")),
        ("fr", ("1\u00a0heure", "24\u00a0heures", "7\u00a0jours")),
        ("ar", ("ساعة واحدة", "24 ساعة", "7 أيام")),  # from 3 to 10 the plural, from 11 the singular
    ],
)
def test_numbers_agree_with_what_they_count(language: str, phrases: tuple[str, ...]) -> None:
    common = translations(language)["common"]
    assert (common["hours_1"], common["hours_24"], common["days_7"]) == phrases
