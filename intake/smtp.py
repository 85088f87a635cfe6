"""Delivers letters over one kept SMTP connection and says exactly what became of each.

The answer is a value: `Delivered`, `Later`, `Refused` or `Ambiguous`. Only the last leaves open whether the letter
arrived: the content was sent and no answer came. A letter is never lost to our own trouble: a login that is refused or
a certificate nobody trusts is `Later`. One letter at a time a connection; several connections are the caller's.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from intake.limits import Limit, Limited
from intake.settings import SmtpSettings
from intake.smtp_limits import limit_of, wants_more_letters
from intake.smtp_talk import Broken, Reply
from intake.smtp_wire import Wire
from intake.trouble import Misconfigured
from rules.facts import TryLater

__all__ = ["Ambiguous", "Delivered", "DeliveryResult", "Later", "Misconfigured", "Refused", "Reply", "Smtp"]

RESET_SECONDS = 5.0
NONE: Mapping[str, Reply] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server answers for the letter now, but for the recipients it refused."""

    refused: Mapping[str, Reply] = field(default_factory=lambda: NONE)
    reply: str = ""
    """What the server said, with its queue number."""

    @property
    def later(self) -> tuple[str, ...]:
        """Refused recipients worth another try."""
        return tuple(address for address, reply in self.refused.items() if reply.temporary)

    @property
    def at_once(self) -> bool:
        """Whether they were only too many for one letter."""
        return all(wants_more_letters(self.refused[one].code, self.refused[one].text) for one in self.later)

    @property
    def limit(self) -> Limit | None:
        """Of the server, as it said to some of the recipients."""
        return _limit(self.refused)


@dataclass(frozen=True, slots=True)
class Later:
    """Nobody got the letter; it is worth another try."""

    reason: str
    refused: Mapping[str, Reply] = field(default_factory=lambda: NONE)
    """Recipients that were asked for, with the answer: another try may leave out those refused for good."""
    lasting: bool = False
    """It will not pass before a person acts: a wrong password, a certificate nobody trusts."""
    reached: bool = True
    """False where no connection could be opened: it says nothing about this letter."""
    limit: Limit | None = None
    """The server limits us: its other letters would be put off as well."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody got the letter and nobody will."""

    reason: str
    refused: Mapping[str, Reply] = field(default_factory=lambda: NONE)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The letter may have arrived. Send it again only with the same Message-ID."""

    reason: str


DeliveryResult = Delivered | Later | Refused | Ambiguous


@dataclass(frozen=True, slots=True)
class Begun:
    """What a server said to all that comes before the content."""

    mail: Reply | Broken
    recipients: Mapping[str, Reply | Broken]
    """Those that it came to."""
    data: Reply | Broken | None
    """None where it did not come to that."""


class Smtp:
    def __init__(self, settings: SmtpSettings, *, seconds: float = 30, content_seconds: float = 600) -> None:
        """`seconds` for each answer; `content_seconds` from the content's first byte to the answer to its last.

        RFC 5321 section 4.5.3.2.6 asks for ten minutes: who gives up sooner sends twice.
        """
        self.settings = settings
        self._content_seconds = content_seconds
        self._wire = Wire(settings, seconds)
        self._busy = asyncio.Lock()

    @property
    def certificate_ends(self) -> datetime | None:
        """When the server's certificate ends, as it was shown last; None where it showed none."""
        return self._wire.certificate_ends

    @property
    def connected(self) -> bool:
        return self._wire.open

    async def connect(self) -> None:
        """Opens the connection and logs in, to see that it can be done. Raises TryLater or Misconfigured."""
        async with self._busy:
            await self._wire.connect()

    async def deliver(self, sender: str, recipients: Sequence[str], raw: bytes) -> DeliveryResult:
        """`sender` is the envelope's, "" the null sender. Cancelling closes the connection and leaves it open
        whether the letter went."""
        async with self._busy:
            try:
                return await self._deliver(sender, recipients, raw)
            except TryLater as error:
                limit = error.limit if isinstance(error, Limited) else None
                return Later(str(error), lasting=isinstance(error, Misconfigured), reached=False, limit=limit)
            except Broken as error:
                self._wire.close()
                return Later(f"{self._wire.place}: {error}; it is tried again")
            except BaseException:
                # A cancelled exchange leaves an answer on its way that the next letter would take for its own.
                self._wire.close()
                raise

    async def close(self) -> None:
        async with self._busy:
            await self._wire.goodbye()

    async def _deliver(self, sender: str, recipients: Sequence[str], raw: bytes) -> DeliveryResult:
        if not recipients:
            return Refused("the letter has no recipients")
        if kept := self._wire.open:
            begun = await self._begin(sender, recipients, raw)
            # Servers close connections that were quiet for a while: that says nothing about this letter.
            kept = not (isinstance(begun, Begun) and _was_let_go(begun.mail))
        if not kept:
            await self._wire.connect()
            begun = await self._begin(sender, recipients, raw)
        return begun if isinstance(begun, Refused) else await self._go_on(begun, sender, raw)

    async def _begin(self, sender: str, recipients: Sequence[str], raw: bytes) -> Begun | Refused:
        """All that comes before the content, in one go where the server allows that.

        Refused where it lacks what the letter needs.
        """
        options = self._options(sender, recipients, raw)
        if isinstance(options, Refused):
            return options
        unasked = {one: self._not_asked(one) for one in dict.fromkeys(recipients)}
        asked = [one for one, reply in unasked.items() if reply is None]
        commands = [
            " ".join([f"MAIL FROM:<{_ascii(sender)}>", *options]),
            *(f"RCPT TO:<{_ascii(one)}>" for one in asked),
        ]
        answers = await self._ask([*commands, "DATA"] if asked else commands)
        said = dict(zip(asked, answers[1:], strict=False))
        heard = {one: reply or said[one] for one, reply in unasked.items() if reply or one in said}
        return Begun(answers[0], heard, answers[-1] if asked and len(answers) > len(commands) else None)

    async def _ask(self, commands: Sequence[str]) -> list[Reply | Broken]:
        """Up to the first that ends the matter, or to all of them where the server takes them together (RFC 2920)."""
        if self._wire.offers("pipelining") is not None:
            return await self._wire.ask(*commands)
        answers: list[Reply | Broken] = []
        for command in commands:
            if command == "DATA" and not any(isinstance(one, Reply) and one.accepts for one in answers[1:]):
                break
            answers += await self._wire.ask(command)
            if isinstance(last := answers[-1], Broken) or last.code == 421 or not (last.accepts or answers[1:]):
                break
        return answers

    def _options(self, sender: str, recipients: Sequence[str], raw: bytes) -> list[str] | Refused:
        """The parameters of MAIL, by what this letter needs of the server."""
        options = []
        limit = self._wire.offers("size")
        if limit is not None:
            # Sending twenty megabytes to hear it afterwards helps nobody.
            if limit.isdecimal() and 0 < int(limit) < len(raw):
                return Refused(f"{self._wire.place}: the letter has {len(raw)} octets, the server takes {limit}")
            options.append(f"SIZE={len(raw)}")
        if not raw.isascii():
            if self._wire.offers("8bitmime") is None:
                return Refused(f"{self._wire.place}: the letter is 8-bit, the server takes only 7-bit ones")
            options.append("BODY=8BITMIME")
        if any(not _ascii(address).isascii() for address in (sender, *recipients)):
            if self._wire.offers("smtputf8") is not None:
                options.append("SMTPUTF8")
            elif not _ascii(sender).isascii():
                return Refused(f"{self._wire.place}: the server takes no sender beyond ASCII")
        if fault := _fault(sender) if sender else "":
            return Refused(f"the sender cannot be written to SMTP: {fault}")
        return options

    def _not_asked(self, recipient: str) -> Reply | None:
        """What takes the place of the server's answer about a recipient that it cannot be asked for."""
        if fault := _fault(recipient):
            return Reply(501, f"5.1.3 not asked: {fault}")
        if not _ascii(recipient).isascii() and self._wire.offers("smtputf8") is None:
            return Reply(553, "5.6.7 not asked: the server takes no address beyond ASCII")
        return None

    async def _go_on(self, begun: Begun, sender: str, raw: bytes) -> DeliveryResult:
        mail = _whole(begun.mail)
        if not mail.accepts:
            return await self._turned_away(mail, f"the sender {sender or '<>'} was refused", at_mail=True)
        refused: dict[str, Reply] = {}
        for recipient, answer in begun.recipients.items():
            reply = _whole(answer)
            if reply.code == 421:
                self._wire.close()
                return Later(f"{self._wire.place}: {reply}", refused, limit=limit_of(reply.code, reply.text))
            if not reply.accepts:
                refused[recipient] = reply
        if len(refused) < len(begun.recipients):
            return await self._content(begun.data, raw, refused)
        await self._reset(begun.data)
        reasons = "; ".join(f"{address}: {reply}" for address, reply in refused.items())
        any_later = any(reply.temporary for reply in refused.values())
        return Later(reasons, refused, limit=_limit(refused)) if any_later else Refused(reasons, refused)

    async def _content(self, data: Reply | Broken | None, raw: bytes, refused: Mapping[str, Reply]) -> DeliveryResult:
        reply = _whole(data)
        if reply.code != 354:
            return await self._turned_away(reply, "the letter was refused", refused)
        answer = await self._wire.send(raw, self._content_seconds)
        if isinstance(answer, Broken):
            return Ambiguous(f"{self._wire.place}: {answer} after the letter was sent; it may have arrived")
        if answer.accepts:
            return Delivered(MappingProxyType(dict(refused)), str(answer))
        return await self._turned_away(answer, "the letter was refused", refused)

    async def _turned_away(
        self, reply: Reply, what: str, refused: Mapping[str, Reply] = NONE, *, at_mail: bool = False
    ) -> DeliveryResult:
        """A whole reply that is not the one hoped for: never ambiguous."""
        self._wire.close()
        reason = f"{self._wire.place}: {what} ({reply})"
        # 530, 538: log in, or use TLS, first. 503: one of us lost count. None says a thing about the letter.
        if reply.code in (530, 538):
            return Later(f"{reason}; check username and security in [mailbox.smtp]", refused, lasting=True)
        if 500 <= reply.code < 600 and reply.code != 503 and not reply.temporary:
            return Refused(reason, refused)
        return Later(reason, refused, limit=limit_of(reply.code, reply.text, at_mail=at_mail))

    async def _reset(self, data: Reply | Broken | None) -> None:
        """Ends a transaction that nobody wanted; the answer to it is not worth waiting for."""
        if (
            isinstance(data, Reply) and data.code == 354
        ):  # asked for with the rest, and granted for nobody: RFC 2920 §3.1
            answer = await self._wire.send(None, RESET_SECONDS)
            if isinstance(answer, Broken):
                self._wire.close()
            return
        (answer,) = await self._wire.ask("RSET", seconds=RESET_SECONDS)
        if isinstance(answer, Broken) or not answer.accepts:
            self._wire.close()


def _was_let_go(answer: Reply | Broken) -> bool:
    """No answer to the first command on a kept connection, or a 421, unless that speaks of a limit."""
    if isinstance(answer, Broken):
        return True
    return answer.code == 421 and limit_of(answer.code, answer.text) is Limit.BUSY


def _whole(answer: Reply | Broken | None) -> Reply:
    """Raises Broken."""
    if isinstance(answer, Reply):
        return answer
    raise answer or Broken("it was not asked")


def _limit(refused: Mapping[str, Reply]) -> Limit | None:
    return next(filter(None, (limit_of(reply.code, reply.text) for reply in refused.values())), None)


def _ascii(address: str) -> str:
    """With the domain in its ASCII form (IDNA), which every server takes."""
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return local + at + domain.encode("idna").decode("ascii")
    except UnicodeError:
        return address


def _fault(address: str) -> str:
    """Why an address cannot stand between angle brackets; "" where it can. Nothing in it becomes a command."""
    if not address.isprintable() or any(sign in address for sign in "<> "):
        return "a space, bracket or control character in the address"
    if not address.rpartition("@")[0] or address.endswith("@"):
        return "no name or no domain in the address"
    return ""
