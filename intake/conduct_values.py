"""What comes of a person's word on a ticket: it is done, and what changed; or it cannot be, and why."""

from dataclasses import dataclass
from datetime import datetime

from intake.letter_order import Booked
from rules.letters import Withheld
from storage.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Impossible:
    """Nothing was changed; why, with the remedy, in one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A promise that is due at another time than before. None: nothing is promised."""

    kind: str
    """`storage.clocks.FIRST_RESPONSE` or `RESOLUTION`."""
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Done:
    """It was done, on the caller's transaction."""

    was: Ticket
    ticket: Ticket
    """As it stands now."""
    moved: tuple[Moved, ...] = ()
    told: tuple[str, ...] = ()
    """Addresses of the contract's people to whom a letter about it was written."""
    withheld: Withheld | None = None
    """Why the letter that it called for does not go out."""
    booked: Booked | None = None

    @property
    def left_untold(self) -> str:
        """For staff: why the customer did not hear of it; "" where they did, or where that is no news."""
        return self.withheld.sentence if self.withheld and self.withheld.tells_staff else ""
