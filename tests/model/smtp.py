"""A mail server that takes letters as a model: it accepts, refuses, loses its own answer, or is not there.

`Exchange` is the server, `Wire` stands in for `intake.smtp.Smtp`. What was handed over is kept byte for byte.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from intake.limits import Limit
from intake.settings import SmtpSettings
from intake.smtp import Ambiguous, Delivered, DeliveryResult, Later, Refused, Reply, Smtp
from tests.model.mails import message_id_of
from tests.model.points import Place, Points, What

GONE = Reply(550, "5.1.1 no such user")
FULL = Reply(452, "4.2.2 mailbox full")


class Mood(StrEnum):
    """What becomes of the next letter."""

    TAKES = "takes"
    PUTS_OFF = "puts off"
    REFUSES = "refuses"
    LOSES_ITS_WORD = "loses its word"
    """The letter is accepted, and nobody hears of it."""
    BREAKS_OFF = "breaks off"
    """The letter is not accepted, and nobody hears of that."""
    AWAY = "away"
    DEAD_ADDRESS = "dead address"
    FULL_ADDRESS = "full address"


@dataclass
class Letter:
    """As it was handed over."""

    message_id: str
    recipients: tuple[str, ...]
    raw: bytes


@dataclass
class Exchange:
    moods: list[Mood] = field(default_factory=list)
    """For the next letters, one each; after them all are taken."""
    accepted: list[Letter] = field(default_factory=list)
    attempted: dict[str, set[bytes]] = field(default_factory=dict)
    """Message-ID -> the bytes that were sent under it."""
    turned_away: set[str] = field(default_factory=set)
    """Message-IDs that were refused for good at least once."""
    times: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a Message-ID was accepted for a recipient."""

    def accept(self, message_id: str, recipients: Sequence[str], raw: bytes) -> None:
        self.accepted.append(Letter(message_id, tuple(recipients), raw))
        self.times.update((message_id, one) for one in recipients)


class Wire(Smtp):
    """What a `Deliverer` sends by."""

    def __init__(self, exchange: Exchange, settings: SmtpSettings, points: Points) -> None:
        super().__init__(settings)
        self._exchange, self._points = exchange, points

    async def deliver(self, sender: str, recipients: Sequence[str], raw: bytes) -> DeliveryResult:
        match self._points.reach(Place.SERVER):
            case What.FAILS | What.REFUSES:
                return Later("the connection ended")
            case What.IS_FULL:
                return Later("451 4.7.1 slow down", limit=Limit.RATE)
        result = self._heard(tuple(recipients), raw)
        if self._points.reach(Place.SERVER) is What.FAILS and not isinstance(result, Later):
            return Ambiguous("the connection ended after the letter was sent")
        return result

    async def close(self) -> None:
        """There is nothing to close."""

    def _heard(self, recipients: tuple[str, ...], raw: bytes) -> DeliveryResult:
        exchange, message_id = self._exchange, message_id_of(raw)
        mood = exchange.moods.pop(0) if exchange.moods else Mood.TAKES
        if mood is Mood.AWAY:
            return Later("nobody answers", reached=False)
        exchange.attempted.setdefault(message_id, set()).add(raw)
        if mood is Mood.REFUSES:
            exchange.turned_away.add(message_id)
            return Refused("554 5.7.1 not this one")
        if mood in (Mood.DEAD_ADDRESS, Mood.FULL_ADDRESS):
            return self._without(recipients, message_id, raw, GONE if mood is Mood.DEAD_ADDRESS else FULL)
        if mood in (Mood.TAKES, Mood.LOSES_ITS_WORD):
            exchange.accept(message_id, recipients, raw)
        if mood in (Mood.LOSES_ITS_WORD, Mood.BREAKS_OFF):
            return Ambiguous("the connection ended after the letter was sent")
        return Later("451 4.3.0 not now") if mood is Mood.PUTS_OFF else Delivered()

    def _without(self, recipients: tuple[str, ...], message_id: str, raw: bytes, reply: Reply) -> DeliveryResult:
        """The last recipient is not taken."""
        *taken, last = recipients
        if not reply.temporary:
            self._exchange.turned_away.add(message_id)
        if taken:
            self._exchange.accept(message_id, taken, raw)
            return Delivered({last: reply})
        return Later(str(reply), {last: reply}) if reply.temporary else Refused(str(reply), {last: reply})
