"""Who is muted, since when and because of which ticket."""

from storage import mutes
from storage.database import Database
from storage.mutes import Mute
from tests.storage.samples import HOUR, NOW, ticket_id

ANA = "ana@alder.example"


def test_an_address_is_muted_until_somebody_writes_from_it_again(database: Database) -> None:
    with database.transaction() as tx:
        mutes.mute(tx, ANA, NOW, "5.1.1", ticket_id(tx))
        assert mutes.among(tx, [ANA, "ben@alder.example"]) == [Mute(ANA, NOW, "5.1.1", "EX-1")]
        assert not mutes.unmute(tx, ANA, NOW - HOUR)  # a mail from before the bounce says nothing
        assert mutes.unmute(tx, ANA, NOW)
        assert not mutes.unmute(tx, ANA)
        assert mutes.newest(tx, 10) == []


def test_a_second_bounce_mutes_since_then(database: Database) -> None:
    with database.transaction() as tx:
        mutes.mute(tx, ANA, NOW, "5.1.1", None)
        mutes.mute(tx, ANA, NOW + HOUR, "5.2.1", None)
        mutes.mute(tx, "ben@alder.example", NOW, "", None)
        assert [(one.address, one.status) for one in mutes.newest(tx, 10)] == [
            (ANA, "5.2.1"),
            ("ben@alder.example", ""),
        ]
