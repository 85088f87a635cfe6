"""One token for whoever logs in: renewed before its end, and what happens where it cannot be."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from intake.oauth.grant import Grant, Obtained
from intake.oauth.source import TokenSource, source_of
from intake.trouble import Misconfigured
from rules.facts import TryLater

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Provider:
    """Hands out "token 1", "token 2" …, each for an hour, unless it has trouble."""

    home: Path
    now: datetime = NOW
    asked: int = 0
    trouble: TryLater | None = None
    memories: list[str] = field(default_factory=list)

    def obtain(self, grant: Grant, memory: str) -> Obtained:
        self.asked += 1
        self.memories.append(memory)
        if self.trouble is not None:
            raise self.trouble
        return Obtained(f"hush-token {self.asked}", 3600, f"hush-memory {self.asked}")

    def source(self, **changes: str) -> TokenSource:
        grant = Grant("support", "microsoft", "device_code", self.home / "oauth.json", client_id="app-1")
        return TokenSource(grant, self.obtain, lambda: self.now, lambda wait, failures: wait.first * failures)


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    return Provider(tmp_path)


def test_a_token_serves_until_three_quarters_of_its_life_and_is_renewed_then(provider: Provider) -> None:
    source = provider.source()
    seen = []
    for minutes in (0, 20, 44, 46, 80, 92):
        provider.now = NOW + minutes * MINUTE
        source.keep()
        seen.append(source.token().value)
    assert seen == [f"hush-token {number}" for number in (1, 1, 1, 2, 2, 3)]
    assert provider.memories == ["", "hush-memory 1", "hush-memory 2"]


def test_a_provider_that_is_away_costs_nothing_until_the_end_of_the_token(provider: Provider) -> None:
    source = provider.source()
    first = source.token()
    provider.trouble = TryLater("the token endpoint is away")
    for minutes in (46, 50, 59):
        provider.now = NOW + minutes * MINUTE
        source.keep()
        assert source.token() == first
    standing = source.standing()
    assert (standing.trouble, standing.lasting, standing.seconds_left(provider.now)) == (
        "the token endpoint is away",
        False,
        60.0,
    )
    provider.now = NOW + 60 * MINUTE
    with pytest.raises(TryLater, match="is away"):
        source.token()
    provider.trouble, provider.now = None, NOW + 65 * MINUTE
    assert source.token().value == f"hush-token {provider.asked}"
    assert source.standing().trouble == ""


def test_a_failing_provider_is_asked_with_growing_pauses_by_whomever(provider: Provider) -> None:
    provider.trouble = TryLater("away")
    source = provider.source()
    asked = []
    for seconds in (0, 5, 11, 25, 32, 50, 61):
        provider.now = NOW + timedelta(seconds=seconds)
        with pytest.raises(TryLater, match="away"):
            source.token()
        source.keep()
        asked.append(provider.asked)
    assert asked == [1, 1, 2, 2, 3, 3, 3]
    source.hurry()
    with pytest.raises(TryLater):
        source.token()
    assert provider.asked == 4, "a reload tries at once"


def test_what_a_person_must_mend_is_known_at_once_and_asked_for_less_often(provider: Provider) -> None:
    provider.trouble = Misconfigured("invalid_grant")
    source = provider.source()
    for seconds in (0, 30, 59):
        provider.now = NOW + timedelta(seconds=seconds)
        with pytest.raises(Misconfigured, match="invalid_grant"):
            source.token()
    assert provider.asked == 1
    assert source.standing().lasting


def test_a_start_finds_the_token_that_still_holds(provider: Provider) -> None:
    provider.source().token()
    provider.trouble = TryLater("away")
    provider.now = NOW + 30 * MINUTE
    assert provider.source().token().value == "hush-token 1"
    provider.now = NOW + 61 * MINUTE
    with pytest.raises(TryLater):
        provider.source().token()
    assert provider.memories[-1] == "hush-memory 1", "what the library wants to find again is found, too"


def test_what_another_process_keeps_ends_the_trouble_of_this_one(provider: Provider) -> None:
    """`intake sign-in` beside the daemon."""
    daemon = provider.source()
    provider.trouble = Misconfigured("nobody has signed in yet")
    daemon.keep()
    assert daemon.standing().lasting
    provider.now += MINUTE / 2
    provider.source().adopt(Obtained("hush-token by hand", 3600, "memory"))
    daemon.keep()
    assert daemon.standing().trouble == ""
    assert daemon.token().value == "hush-token by hand"


def test_a_refused_token_is_exchanged_once_and_a_fresh_one_not_at_all(provider: Provider) -> None:
    source = provider.source()
    old = source.token()
    assert source.another(old) is None, "another would be refused as well"
    provider.now += 6 * MINUTE
    new = source.another(old)
    assert new is not None
    assert new.value == "hush-token 2"
    assert source.another(old) == new, "who comes later with the old one gets the same"
    assert source.another(new) is None
    assert provider.asked == 2


def test_no_other_token_is_had_while_the_provider_is_away(provider: Provider) -> None:
    source = provider.source()
    old = source.token()
    provider.trouble, provider.now = TryLater("away"), NOW + 6 * MINUTE
    assert source.another(old) is None
    assert source.another(old) is None
    assert provider.asked == 2


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_jumps_costs_one_token(provider: Provider, hours: int) -> None:
    source = provider.source()
    source.token()
    provider.now += timedelta(hours=hours)
    for _ in range(3):
        source.keep()
    assert source.token().value == "hush-token 2"


def test_a_pause_that_was_begun_before_the_clock_went_back_is_over(provider: Provider) -> None:
    source = provider.source()
    provider.trouble = TryLater("away")
    source.keep()
    provider.trouble, provider.now = None, NOW - timedelta(days=1)
    source.keep()
    assert source.token().value == "hush-token 2"


def test_many_who_ask_at_once_are_one_request(provider: Provider) -> None:
    everybody = threading.Barrier(8)
    source = provider.source()

    def ask() -> str:
        everybody.wait(5)
        return source.token().value

    with ThreadPoolExecutor(8) as pool:
        assert {one.result() for one in [pool.submit(ask) for _ in range(8)]} == {"hush-token 1"}
    assert provider.asked == 1


def test_while_one_asks_the_others_use_what_holds(provider: Provider) -> None:
    source = provider.source()
    first = source.token()
    asked, answer = threading.Event(), threading.Event()

    def slowly(grant: Grant, memory: str) -> Obtained:
        asked.set()
        assert answer.wait(5)
        return Obtained("hush-token 2", 3600)

    source._obtain = slowly
    provider.now += 50 * MINUTE
    keeping = threading.Thread(target=source.keep)
    keeping.start()
    assert asked.wait(5)
    assert source.token() == first
    source.keep()  # returns: somebody is at it
    answer.set()
    keeping.join(5)
    assert source.token().value == "hush-token 2"


def test_a_reload_waits_for_no_provider(provider: Provider) -> None:
    """It comes in the event loop."""
    source = provider.source()
    with source._asking:
        source.hurry()


def test_an_event_loop_goes_on_while_a_token_is_asked_for(provider: Provider) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slowly(grant: Grant, memory: str) -> Obtained:
        asked.set()
        assert answer.wait(5)
        return Obtained("hush-token", 3600)

    async def run() -> list[str]:
        source = provider.source()
        source._obtain = slowly
        waiting = [asyncio.create_task(source.token_soon()) for _ in range(20)]
        await asyncio.to_thread(asked.wait, 5)  # the loop's own threads are free
        answer.set()
        return [token.value for token in await asyncio.gather(*waiting)]

    assert asyncio.run(run()) == ["hush-token"] * 20


@pytest.mark.parametrize(("says", "days"), [(10.0**12, 7), (-5.0, 0)])
def test_a_life_that_nobody_believes_is_bounded(provider: Provider, says: float, days: int) -> None:
    token = provider.source().adopt(Obtained("hush", says))
    assert token.expires_at - NOW == timedelta(days=days)


def test_a_place_that_cannot_be_written_stops_nothing_and_is_told(provider: Provider) -> None:
    provider.home /= "nowhere"
    source = provider.source()
    assert source.token().value == "hush-token 1"
    assert "cannot be written" in source.standing().unkept


def test_nothing_secret_is_logged_or_shown(provider: Provider) -> None:
    source = provider.source()
    with structlog.testing.capture_logs() as said:
        source.token()
        provider.trouble, provider.now = TryLater("away"), NOW + 50 * MINUTE
        source.keep()
    assert {one["event"] for one in said} == {"oauth_renewed", "oauth_trouble"}
    assert "hush" not in f"{said} {source.standing()} {source.token()!r} {source.grant!r}"


def test_equal_grants_share_one_source(tmp_path: Path) -> None:
    one, same = (Grant("support", "google", "service_account", tmp_path / "a.json") for _ in range(2))
    other = Grant("support", "google", "service_account", tmp_path / "b.json")
    assert source_of(one) is source_of(same)
    assert source_of(one) is not source_of(other)
