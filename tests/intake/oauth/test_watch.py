"""Tokens that cannot be renewed show in `status` from the first failure on, and are paged before a log-in fails."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from intake.desk import Desk
from intake.oauth import watch
from intake.oauth.grant import Grant, Obtained
from intake.oauth.source import TokenSource
from intake.standing import problems
from intake.trouble import Misconfigured
from rules.facts import TryLater
from storage import checkpoints, conditions, tables
from storage.database import Database
from storage.figures import figures
from tests.servers.token_server import TokenServer

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class House:
    database: Database
    desk: Desk
    home: Path
    now: datetime = NOW
    trouble: TryLater | None = None
    certificate: str = ""
    source: TokenSource = field(init=False)

    def __post_init__(self) -> None:
        grant = Grant(
            "support",
            "microsoft",
            "client_credentials",
            self.home / "oauth.json",
            certificate=SecretStr(self.certificate),
        )
        imap = self.desk.mailbox.imap.model_copy(update={"auth": "xoauth2", "grant": grant})
        self.desk = replace(self.desk, mailbox=self.desk.mailbox.model_copy(update={"imap": imap}))
        self.source = TokenSource(grant, self.obtain, lambda: self.now, lambda wait, _: wait.first)

    def obtain(self, grant: Grant, memory: str) -> Obtained:
        if self.trouble is not None:
            raise self.trouble
        return Obtained("hush-token", 3600)

    def keep(self) -> set[str]:
        return watch.keep({self.desk.name: self.desk}, lambda _: self.source)

    def look(self) -> int:
        self.keep()
        return watch.look(self.database, {self.desk.name: self.desk}, self.now, lambda _: self.source)

    def told(self) -> tuple[bool, str]:
        with self.database.snapshot() as tx:
            (found,) = [one for one in conditions.current(tx) if one.part == "oauth support"]
        return found.well, found.detail

    def problems(self) -> list[str]:
        with self.database.snapshot() as tx:
            parts = [one for one in conditions.current(tx) if not one.well]
            return [one for one in problems(figures(tx), parts, [self.desk.name], self.now) if one.startswith("oauth")]

    def alarms(self) -> list[tuple[str, str]]:
        found = sa.select(tables.outbox.c.kind, tables.outbox.c.recipients).where(
            tables.outbox.c.template.like("alarm%")
        )
        with self.database.snapshot() as tx:
            return sorted((row.kind, row.recipients[0]) for row in tx.execute(found))


@pytest.fixture
def house(database: Database, desk: Desk, tmp_path: Path) -> House:
    with database.transaction() as tx:
        checkpoints.pause(tx, desk.name, None)
    return House(database, desk, tmp_path)


def test_a_token_that_is_renewed_is_well_and_told_to_nobody(house: House) -> None:
    for minutes in (0, 30, 50):
        house.now = NOW + minutes * MINUTE
        assert house.look() == 0
    assert house.told() == (True, "a token until 2026-03-13 11:20 UTC")
    assert house.problems() == []


def test_a_provider_that_is_away_is_paged_once_and_before_the_token_ends(house: House) -> None:
    house.look()
    house.trouble = TryLater("OAuth2 of support: refused; check the network")
    steps = []
    for minutes in (46, 48, 49, 51, 55, 59, 70, 90):
        house.now = NOW + minutes * MINUTE
        steps.append((minutes, house.look()))
    assert steps == [(46, 0), (48, 0), (49, 0), (51, 3), (55, 0), (59, 0), (70, 0), (90, 0)]
    assert house.alarms() == [
        ("notice", "Sam@example.com"),
        ("notice", "pager@example.com"),
        ("page", "page:on_call:1"),
    ]


def test_status_says_how_long_it_still_lasts(house: House) -> None:
    house.look()
    house.trouble = TryLater("OAuth2 of support: refused; check the network")
    told = []
    for minutes in (48, 62):
        house.now = NOW + minutes * MINUTE
        house.look()
        told += house.problems()
    why = "OAuth2 of support: refused; check the network"
    assert told == [
        f"oauth support: the token for support ends in 12 min; renewing it fails: {why}",
        f"oauth support: the token for support ended 2 min ago; no new one: {why}",
    ]
    house.trouble = None
    house.now += 3 * MINUTE
    house.look()
    assert house.problems() == []


def test_what_a_person_must_mend_is_paged_at_once(house: House) -> None:
    house.look()
    house.trouble, house.now = Misconfigured("invalid_grant; sign in"), NOW + 46 * MINUTE
    assert house.look() == 3
    assert "ends in 14 min" in house.problems()[0]


def test_without_any_token_it_is_paged_at_once_and_the_next_time_anew(house: House) -> None:
    house.trouble = Misconfigured("nobody has signed in yet")
    assert house.look() == 3
    assert house.problems() == ["oauth support: no token for support: nobody has signed in yet"]
    house.trouble, house.now = None, NOW + 2 * MINUTE
    assert house.look() == 0
    assert house.told()[0]
    house.trouble, house.now = Misconfigured("nobody is let in any more"), NOW + 60 * MINUTE
    assert house.look() == 3


def test_a_mailbox_that_has_a_token_again_is_named_once_so_that_it_is_opened_at_once(house: House) -> None:
    house.trouble = Misconfigured("nobody has signed in yet")
    named = [house.keep()]
    house.trouble = None
    for minutes in (2, 3):
        house.now = NOW + minutes * MINUTE
        named.append(house.keep())
    assert named == [set(), {"support"}, set()]


def test_a_mailbox_that_has_a_password_now_is_no_trouble_any_more(house: House) -> None:
    house.trouble = Misconfigured("x")
    house.look()
    house.desk = replace(
        house.desk,
        mailbox=house.desk.mailbox.model_copy(
            update={"imap": house.desk.mailbox.imap.model_copy(update={"auth": "password", "grant": None})}
        ),
    )
    house.look()
    assert house.problems() == []


def test_a_certificate_that_ends_soon_is_a_problem_though_nothing_fails(
    database: Database, desk: Desk, tmp_path: Path, tokens: TokenServer
) -> None:
    tokens.write_certificate(tmp_path / "app.pem", days=9)
    house = House(database, desk, tmp_path, now=datetime.now(UTC), certificate=(tmp_path / "app.pem").read_text())
    assert house.look() == 0
    assert "the certificate of the app ends on" in house.problems()[0]
    assert set(watch.certificate_ends([house.desk.mailbox])) == {"support"}


def test_what_a_metric_asks_for(house: House) -> None:
    assert watch.standing([]) == {}
    assert watch.standing([house.desk.mailbox])["support"].seconds_left(NOW) == 0.0, "asked for by nobody yet"
    house.look()
    assert house.source.standing().seconds_left(NOW + MINUTE) == 3540.0
