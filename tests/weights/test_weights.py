"""The numbers of `four_levels` say of the labelled mails what people said, and so belong to what is shipped."""

from collections import Counter

from rules.facts import Found, Heard, LanguageReading, Reading, Tongue
from rules.reading import read
from rules.severity import judge
from tests.rules.samples import shipped
from tests.weights.mails import POLICIES, asking, facets, labelled
from tests.weights.stopped import EXPERT, GATES, LEVEL_0, STOPS, Told, stopped

EVERY = 6
"""One mail in so many is tried: all take a minute."""


def test_the_shipped_numbers_are_those_fitted_to_the_labelled_mails() -> None:
    mails = list(labelled())[::EVERY]
    read_as = Counter(
        (one.severity, judge(read(one.mail, policy), policy).severity)
        for one in mails
        for policy in (shipped(POLICIES[one.language]),)
    )
    assert len(mails) > 150
    assert sum(count for (wanted, said), count in read_as.items() if wanted == said) >= 0.95 * len(mails)
    assert not read_as[1, 4] + read_as[1, 3] + read_as[4, 1]


def test_facets_alone_mean_what_is_written_beside_the_mails() -> None:
    language, policy = LanguageReading(Tongue.ACCEPTED, "en", 0.99, 100), shipped()
    meant = list(facets())
    assert len(meant) > 40
    odd = [
        (severity, said)
        for severity, said in meant
        for found in [tuple(Found(value, "body", 1, facet, value, Heard.STATED) for facet, value in said)]
        if judge(Reading(language, found), policy).severity != severity
    ]
    assert len(odd) <= 0.1 * len(meant), odd


def test_the_shipped_points_are_those_fitted_to_the_mails_that_ask() -> None:
    told, policies = Told(), {name: shipped(name) for name in ("irex", "horizant", "onyxceph")}
    for one in list(asking())[::EVERY]:
        told.add(one, None, stopped(one.mail, policies))
    assert told.harmless > 30
    assert not told.declined
    for stop in STOPS:
        assert told.asked[stop] > 10
        assert told.said[stop] - told.hit[stop] <= (1 if stop in GATES else 4), f"{stop}: {told}"
        assert told.hit[stop] >= (0.75 if stop in (EXPERT, LEVEL_0) else 0.85) * told.asked[stop], f"{stop}: {told}"
