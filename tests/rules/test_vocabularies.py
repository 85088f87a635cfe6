"""Words and phrases that policies share: joined to a policy, extended by it, taken away from it."""

import pytest

from rules.policy import Policy, PolicyFaults, joined, load
from rules.vocabularies import extended, lacking, named, parted, unknown
from tests.rules.samples import LETTERS, shipped, text_of
from tests.rules.test_policy import SMALL

SHARED = """\
explicit.en = ["severity #"]

[words.en]
negation = ["never"]

[words.en.groups]
people = ["guest*"]

[phrases.en.effect]
stopped = ["dead", "offline"]
gone = ["vanished"]

[phrases.en.colour]
red = ["red"]

[matters.en.services]
clear = ["carve {people}"]

[matters.en.gardening]
clear = ["mow ~ lawn"]
"""
NAMING = f'vocabulary = ["en"]\n{SMALL}'


def loaded(text: str) -> Policy:
    return load(joined(text, {"en": SHARED, "xx": "?"}), name="small", letters=LETTERS)


def test_a_policy_speaks_with_its_own_words_and_the_shared_ones() -> None:
    policy = loaded(NAMING)
    assert policy.words["en"].negation == ("never", "not")
    assert policy.words["en"].groups == {"people": ("guest*", "user*")}
    assert policy.phrases["en"]["effect"] == {
        "stopped": ("dead", "offline", "down", "nobody ~ can"),
        "impaired": ("slow",),
    }
    assert policy.explicit == {"en": ("severity #",)}
    assert policy.matters["en"]["services"].clear == ("carve {people}", "build {people}")


def test_numbers_of_a_vocabulary_count_until_the_policy_writes_its_own() -> None:
    shared = """\
[severity.points.effect]
stopped = [5, 1]
melted = [9, 9]
unsaid = [0, 2]

[severity.brief_points.effect]
stopped = [7, 7]
melted = [8, 8]

[severity.points.weather]
hot = [1, 1]

[tone.en]
nobody = [3, -3]
page = [-1, 1]
"""
    own = {
        "vocabulary": ["en"],
        "severity": {"facets": {"effect": ["stopped"]}, "points": {"effect": {"stopped": [4, 2]}}},
        "tone": {"en": {"page": [0, 7]}},
    }
    said = extended(own, {"en": shared})
    assert said["severity"]["points"] == {"effect": {"stopped": [4, 2], "unsaid": [0, 2]}}
    assert said["severity"]["brief_points"] == {"effect": {"stopped": [7, 7]}}
    assert said["tone"] == {"en": {"nobody": [3, -3], "page": [0, 7]}}


def test_what_does_not_suit_a_policy_is_taken_away() -> None:
    policy = loaded('without.en = ["dead", "guest*", "severity #"]\n' + NAMING)
    assert policy.phrases["en"]["effect"]["stopped"] == ("offline", "down", "nobody ~ can")
    assert policy.words["en"].groups["people"] == ("user*",)
    assert policy.explicit == {"en": ()}


def test_a_version_covers_the_vocabulary_and_what_is_kept_is_enough_to_load_again() -> None:
    kept = joined(NAMING, {"en": SHARED})
    first = load(kept, name="small", letters=LETTERS)
    assert load(kept, name="small", letters=LETTERS) == first
    other = load(joined(NAMING, {"en": SHARED.replace('"dead"', '"mute"')}), name="small", letters=LETTERS)
    assert first.version != other.version
    assert joined(kept, {"en": "something newer"}) == kept
    assert parted(kept) == (NAMING + "\n", {"en": SHARED})


def test_a_policy_that_names_none_is_left_as_it_is() -> None:
    assert joined(SMALL, {"en": SHARED}) == SMALL


@pytest.mark.parametrize("text", ["vocabulary = ", "vocabulary = 7", 'vocabulary = "en"', "vocabulary = [7]", ""])
def test_an_unreadable_policy_names_none(text: str) -> None:
    assert named(text) == ()


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ('vocabulary = ["fr"]\n' + SMALL, "vocabulary", "there is no vocabulary 'fr'"),
        ('without.en = ["mute"]\n' + NAMING, "without.en", "'mute' stands in none of its vocabularies"),
        (NAMING.replace('"down"', '"dead"'), "phrases.en.effect.stopped", "can never add anything"),
        ("without = 7\n" + NAMING, "without", "7 does not fit here"),
        ('words = "none"\n' + NAMING[: NAMING.index("[words.en]")], "words", "'none' does not fit here"),
        (NAMING.replace("[severity.facets]", "[severity.facet]"), "severity.facet", "there is no such key"),
        ("severity = 7\n" + NAMING[: NAMING.index("[severity]")], "severity", "7 does not fit here"),
        (
            NAMING.replace("[severity.facets]\n", "").replace("silent = 2", "silent = 2\nfacets = 3"),
            "severity.facets",
            "3 does not fit here",
        ),
    ],
)
def test_a_fault_beside_a_vocabulary_is_told(text: str, key: str, problem: str) -> None:
    with pytest.raises(PolicyFaults) as caught:
        loaded(text)
    found = [fault for fault in caught.value.faults if fault.key == key and problem in fault.problem]
    assert found, caught.value.faults
    assert found[0].line is not None


def test_tables_of_an_odd_shape_are_left_to_the_model() -> None:
    assert extended({"vocabulary": 3, "without": 4}, {"en": SHARED})["without"] == 4
    assert lacking({"without": 4}, {}) == []
    assert unknown({"vocabulary": ["en", "fr"]}, {"en": SHARED}) == ["fr"]


def test_the_shipped_vocabularies_fit_an_editor_and_say_nothing_of_one_company() -> None:
    for text in parted(text_of("irex"))[1].values():
        assert all(len(line) <= 130 for line in text.split("\n"))
        assert "irex" not in text
    assert shipped().vocabulary == ("en", "four_levels", "wishes")
