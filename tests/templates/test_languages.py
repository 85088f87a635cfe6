from templates.languages import CODES, NAMES, OR, OTHER_CODES, OTHERS, named


def test_every_language_names_all_of_them() -> None:
    assert {len(names) for names in NAMES.values()} == {len(CODES)}
    assert tuple(NAMES) == CODES
    assert OR.keys() == NAMES.keys()
    assert {len(names) for names in OTHERS.values()} == {len(OTHER_CODES)}


def test_languages_are_joined_as_they_stand_after_in() -> None:
    assert named(["en"], "en") == "English"
    assert named(["sv"], "fr") == "suédois"
    assert named(["uk", "en"], "de") == "Ukrainisch oder Englisch"
    assert named(["en", "fr"], "de") == "Englisch oder Französisch"
    assert named(["fr", "en"], "fr") == "français ou en anglais"


def test_a_language_without_a_name_is_told_in_english_or_by_its_code() -> None:
    assert named(["sv"], "es") == "Swedish"
    assert named(["tlh"], "en") == "tlh"
    assert named(["de"], "sv") == "German"
