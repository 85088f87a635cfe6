"""The token of one mailbox, for whoever logs in: kept in memory and in its file, and renewed well before it ends.

`keep`, called every half minute, renews at three quarters of its life; what fails is tried again with growing pauses,
and the token serves until its end. Only then does `token` wait for a new one, or raise what is the matter. A token that
a server refuses is exchanged once. Thread-safe: one asks the provider, the others wait or use what holds. Another
process that keeps a newer one in the file, such as `intake sign-in`, is heard of at the next look.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from intake.backoff import Backoff
from intake.oauth import cache
from intake.oauth.cache import Kept, Token
from intake.oauth.grant import INSTALL, Grant, Obtained
from intake.trouble import Misconfigured
from rules.facts import TryLater

log = structlog.get_logger()

Obtain = Callable[[Grant, str], Obtained]

LEAST = timedelta(seconds=30)
"""A token with less left is not begun with: the log-in takes its time, and clocks differ."""
FRESH = timedelta(minutes=5)
"""A younger one that a server refuses is not exchanged: another would be refused as well."""
RENEWAL = Backoff(first=10, most=120)
"""Between attempts while the provider is away."""
BY_A_PERSON = Backoff(first=60, most=600)
"""The same where somebody must act; whoever does so with a file of ours is noticed at once."""
LONGEST = timedelta(minutes=15)
"""Of those pauses."""
LONGEST_LIFE = 7 * 86400.0
"""Seconds: whatever a provider says, a token is renewed within the week."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a mailbox's token does."""

    mailbox: str
    expires_at: datetime | None
    """None where there is none."""
    trouble: str = ""
    """Why no new one could be got when it was time, with the remedy; "" while all is well."""
    lasting: bool = False
    """It will not pass before a person acts."""
    unkept: str = ""
    """Why it could not be written to its file; "" where it stands there."""

    def seconds_left(self, now: datetime) -> float:
        """Until it ends, below 0 after that; 0 where there is none."""
        return (self.expires_at - now).total_seconds() if self.expires_at else 0.0


class TokenSource:
    def __init__(
        self,
        grant: Grant,
        obtain: Obtain | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        spread: Callable[[Backoff, int], float] = Backoff.after,
    ) -> None:
        """`obtain` asks the provider; None for the grant's own."""
        self.grant = grant
        self._obtain = obtain or _provider
        self._now, self._spread = now, spread
        self._asking = threading.Lock()
        """Held by the one who asks the provider, and by whoever changes what is below; but for `hurry`."""
        self._token: Token | None = None
        self._memory = ""
        self._seen: tuple[int, int] | None = None
        self._failures = 0
        self._trouble: TryLater | None = None
        self._not_before: datetime | None = None
        self._unkept = ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"oauth {grant.mailbox}")

    def token(self) -> Token:
        """One that holds. Raises TryLater, or Misconfigured where a person must act."""
        if (token := self._holding()) is not None:
            return token
        with self._asking:
            self._take_in()
            if (token := self._holding()) is not None:
                return token
            if self._trouble is not None and self._must_wait():
                raise _again(self._trouble)
            return self._renew()

    async def token_soon(self) -> Token:
        """As `token`, from an event loop. It waits in a thread of this source's own, so that a provider that hangs
        holds up nothing but this mailbox."""
        if (token := self._holding()) is not None:
            return token
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.token)

    def another(self, refused: Token) -> Token | None:
        """In place of one that a server refused although it holds; None where there is no sense in trying."""
        with self._asking:
            self._take_in()
            token = self._holding()
            if token is not None and token.value != refused.value:
                return token
            if timedelta(0) <= self._now() - refused.got_at < FRESH or self._must_wait():
                return None
            try:
                return self._renew()
            except TryLater:  # told by `standing`; the server's refusal says more
                return None

    async def another_soon(self, refused: Token) -> Token | None:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.another, refused)

    def keep(self) -> None:
        """Renew it if it is time; what fails shows in `standing`."""
        if not self._asking.acquire(blocking=self._token is None):
            return  # somebody is at it, and what holds serves meanwhile
        try:
            self._take_in()
            if self._is_due() and not self._must_wait():
                self._renew()
        except TryLater:
            return
        finally:
            self._asking.release()

    def renew(self) -> Token:
        """A new one, whatever there is. Raises TryLater or Misconfigured."""
        with self._asking:
            self._take_in()
            return self._renew()

    def adopt(self, obtained: Obtained) -> Token:
        """One that was got in another way: by a person who signed in."""
        with self._asking:
            return self._succeeded(obtained)

    def hurry(self) -> None:
        """An admin says that it is mended: what failed is tried again at once. Waits for nobody."""
        self._not_before = None

    def standing(self) -> Standing:
        token, trouble = self._token, self._trouble
        return Standing(
            self.grant.mailbox,
            token.expires_at if token else None,
            str(trouble) if trouble else "",
            isinstance(trouble, Misconfigured),
            self._unkept,
        )

    def _holding(self) -> Token | None:
        token = self._token
        return token if token is not None and token.expires_at - self._now() > LEAST else None

    def _is_due(self) -> bool:
        token, now = self._token, self._now()
        if token is None or now < token.got_at:  # a clock that went back says nothing about it any more
            return True
        return now >= token.got_at + (token.expires_at - token.got_at) * 3 / 4

    def _must_wait(self) -> bool:
        """A wait that is longer than any was begun before the clock went back, and is over."""
        now = self._now()
        return self._not_before is not None and now < self._not_before <= now + LONGEST

    def _take_in(self) -> None:
        """What the file holds, where it is another than at the last look."""
        state = cache.state_of(self.grant.cache)
        if state is None or state == self._seen:
            return
        self._seen = state
        kept = cache.load(self.grant.cache, self.grant.fingerprint())
        if kept is None:
            return
        if cache.exposed(self.grant.cache):
            _tell("warning", "oauth_file_exposed", mailbox=self.grant.mailbox, file=str(self.grant.cache))
        self._memory, self._failures, self._trouble, self._not_before = kept.memory, 0, None, None
        if kept.token and (self._token is None or kept.token.got_at > self._token.got_at):
            self._token = kept.token

    def _renew(self) -> Token:
        try:
            obtained = self._obtain(self.grant, self._memory)
        except TryLater as trouble:
            self._failed(trouble)
            raise
        return self._succeeded(obtained)

    def _failed(self, trouble: TryLater) -> None:
        self._failures += 1
        self._trouble = trouble
        wait = BY_A_PERSON if isinstance(trouble, Misconfigured) else RENEWAL
        self._not_before = self._now() + timedelta(seconds=self._spread(wait, self._failures))
        _tell("warning", "oauth_trouble", mailbox=self.grant.mailbox, why=str(trouble), failures=self._failures)

    def _succeeded(self, obtained: Obtained) -> Token:
        now = self._now()
        life = timedelta(seconds=min(max(obtained.seconds, 0), LONGEST_LIFE))
        self._token = token = Token(obtained.value, now, now + life)
        self._memory = obtained.memory
        self._failures, self._trouble, self._not_before = 0, None, None
        unkept = cache.save(self.grant.cache, self.grant.fingerprint(), Kept(token, obtained.memory))
        if unkept and unkept != self._unkept:
            _tell("warning", "oauth_file_unwritten", mailbox=self.grant.mailbox, why=unkept)
        self._unkept = unkept
        self._seen = cache.state_of(self.grant.cache)
        _tell("info", "oauth_renewed", mailbox=self.grant.mailbox, until=token.expires_at)
        return token


def _tell(level: str, event: str, **about: object) -> None:
    """To the daemon's log. A person at the shell is told by the command, and may read its output as JSON Lines."""
    if structlog.is_configured():
        getattr(log, level)(event, **about)


_sources: dict[Grant, TokenSource] = {}
_guard = threading.Lock()


def source_of(grant: Grant) -> TokenSource:
    """The one source of this process for such a grant: whoever logs in shares its token."""
    with _guard:
        if grant not in _sources:
            _sources[grant] = TokenSource(grant)
        return _sources[grant]


def _provider(grant: Grant, memory: str) -> Obtained:
    """Its library is loaded only where it is used, which takes a quarter of a second."""
    try:
        if grant.provider == "microsoft":
            from intake.oauth import microsoft as provider
        else:
            from intake.oauth import google as provider  # type: ignore[no-redef]
    except ModuleNotFoundError as error:
        raise Misconfigured(f"{grant.place}: {error.name} is not installed; {INSTALL}") from error
    return provider.obtain(grant, memory)


def _again(trouble: TryLater) -> TryLater:
    """The same trouble, for another who meets it: one exception is not raised in two threads."""
    return Misconfigured(str(trouble)) if isinstance(trouble, Misconfigured) else TryLater(str(trouble))
