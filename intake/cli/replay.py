"""`intake replay`: which decisions about the stored mail a candidate policy would change, and why. Touches nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import mailbox_named, open_database, read_settings
from intake.cli.options import Config, Json, MailboxName, moment
from intake.cli.output import EMPTY, cell, json_line, local, progress, say, table
from intake.printable import printable

if TYPE_CHECKING:
    from intake.replay import Difference, NotReplayed, Rehearsal, Replayed
    from intake.worker import Worker
    from storage.past import Stored

NAMES = {"first_response_due": "first answer", "resolution_due": "resolution", "failed": "failed gates"}
"""Fields that people know under another name than scripts."""
COUNTS = ("replayed", "changed", "not_replayed", "overruled", "directory_changed")


PolicyFile = Annotated[
    str,
    typer.Option("--policy", metavar="FILE", help="The candidate: a policy file, or the name of a shipped policy."),
]
Since = Annotated[
    datetime | None,
    typer.Option(
        metavar="TIME",
        parser=moment,
        help="Only mail that arrived since: a day, or ISO 8601 with offset; default: all of it.",
        show_default=False,
    ),
]


def replay(
    policy: PolicyFile,
    since: Since = None,
    mailbox: MailboxName = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Show which decisions a candidate policy would change. It runs over the stored mail, says why, touches nothing.

    Exit 0 when nothing would change, 1 when something would or a mail could not be replayed.
    """
    from intake import worker

    settings = read_settings(config)
    box = mailbox_named(settings, mailbox)
    with worker.begun(1) as begun:  # it loads beside us; how many mails there are is not known yet
        from intake.desk import load_desks
        from intake.replay import Rehearsal
        from intake.shipped import read_policy

        desk = next(desk for desk in load_desks(settings) if desk.name == box.name)
        candidate = read_policy(policy, desk.renderer.letters()).policy
        with open_database(settings) as database:
            tally = _run(Rehearsal(database, desk, candidate, settings.daemon, since), begun, json=json)
    told = {
        "mailbox": desk.name,
        "policy": candidate.name,
        "policy_version": candidate.version,
        "in_force": desk.policy == candidate,
    }
    _tell_tally(tally, told, json=json)
    if tally.changed or tally.not_replayed:
        raise typer.Exit(1)


@dataclass(slots=True)
class _Tally:
    replayed: int = 0
    changed: int = 0
    not_replayed: int = 0
    overruled: int = 0
    """Of those changed: a person has decided since."""
    directory_changed: int = 0
    """Of those changed: the sender stands on another contract or plan today."""
    kinds: Counter[str] = field(default_factory=Counter)


def _run(rehearsal: "Rehearsal", begun: Sequence["Worker"], *, json: bool) -> _Tally:
    """Tell of each mail as it is replayed; what there was of everything."""
    from intake.replay import NotReplayed, readers
    from intake.replay import replay as replay_mails

    tally = _Tally()
    places = rehearsal.places()
    pool = readers(rehearsal, len(places), begun)
    with closing(pool), progress(f"replaying {rehearsal.desk.name}", len(places)) as step:
        for told in replay_mails(rehearsal, pool, places):
            step()
            if isinstance(told, NotReplayed):
                tally.not_replayed += 1
                _tell_not_replayed(told, json=json)
            elif told is not None:
                _count(tally, told)
                if told.differences:
                    _tell(told, json=json)
    return tally


def _count(tally: _Tally, told: "Replayed") -> None:
    tally.replayed += 1
    if told.differences:
        tally.changed += 1
        tally.overruled += told.stored.overruled is not None
        tally.directory_changed += told.directory_changed
        tally.kinds.update(dict.fromkeys(map(_kind_of, told.differences), 1))


def _kind_of(difference: "Difference") -> str:
    """Which row of the summary counts a difference."""
    name, old, new = difference.field, difference.old, difference.new
    if isinstance(old, datetime) and isinstance(new, datetime):
        return f"{_words(name)} {'later' if new > old else 'earlier'}"
    if name in ("failed", "reminders", "flags"):
        return f"other {_words(name)}"
    return f"{_words(name)} {_shown(old)} → {_shown(new)}" if not isinstance(old or new, datetime) else _words(name)


def _words(name: str) -> str:
    return NAMES.get(name, name.replace("_", " "))


def _shown(value: object) -> str:
    """A field of a decision for people."""
    if isinstance(value, Mapping):  # a reminder
        return f"{value['to']} {local(value['at'])}" + (f" every {value['every']}" if value["every"] else "")
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or EMPTY
    return cell(value)


def _headline(stored: "Stored") -> str:
    named = stored.reference or f"mail {stored.mail_id}"
    return f"{named}  {local(stored.arrived_at)}  {cell(stored.sender)}  “{cell(stored.subject)}”"


def _tell(told: "Replayed", *, json: bool) -> None:
    decision, stored = told.decision, told.stored
    assert decision is not None
    gates = [one for one in decision.gates if one.verdict in ("fail", "flag")]
    if json:
        from intake.explain import told_words

        json_line(
            {
                **_named(stored),
                "changes": {one.field: {"old": one.old, "new": one.new} for one in told.differences},
                "why": decision.why,
                "gates": [{"gate": one.gate, "verdict": one.verdict, "why": one.why} for one in gates],
                "severity_why": told_words(decision),
                "overruled": stored.overruled.to if stored.overruled else None,
                "directory_changed": told.directory_changed,
            }
        )
        return
    from intake.letter_values import deciding_words

    say(_headline(stored))
    lines = [(_words(one.field), f"{_shown(one.old)} → {_shown(one.new)}") for one in told.differences]
    lines.append(("why", printable(decision.why, 2000)))
    lines += [(f"{one.gate} {one.verdict}", printable(one.why, 2000)) for one in gates if one.why != decision.why]
    if words := "; ".join(f"“{one.phrase}” ({one.where})" for one in deciding_words(decision)):
        lines.append(("words", printable(words, 2000)))
    if stored.overruled:
        lines.append(("since then", f"a person has {stored.overruled.to} it, and that stands"))
    if told.directory_changed:
        lines.append(("directory", "it has the sender on another contract or plan today"))
    for name, value in lines:
        say(f"  {name + ':':22}{value}")


def _tell_not_replayed(told: "NotReplayed", *, json: bool) -> None:
    if json:
        json_line({**_named(told.stored), "not_replayed": told.reason})
    else:
        say(f"{_headline(told.stored)}: {printable(told.reason, 2000)}")


def _named(stored: "Stored") -> dict[str, object]:
    return {
        "mail": stored.mail_id,
        "reference": stored.reference,
        "arrived": stored.arrived_at,
        "sender": stored.sender,
        "subject": stored.subject,
    }


def _tell_tally(tally: _Tally, told: Mapping[str, object], *, json: bool) -> None:
    if json:
        counts = {name: getattr(tally, name) for name in COUNTS}
        json_line({"summary": {**told, **counts, "kinds": dict(tally.kinds.most_common())}})
        return
    name = f"{printable(str(told['policy']))}{', the policy in force' if told['in_force'] else ''}"
    mails = f"{tally.replayed:,} mail{'s' if tally.replayed != 1 else ''} of {told['mailbox']} under {name}"
    if tally.changed:
        say()
        table(("change", "mails"), tally.kinds.most_common())
        say(f"{tally.changed:,} of {mails} would be decided otherwise")
    else:
        say(f"nothing would change: {mails}")
    if tally.changed and told["in_force"]:
        say("  they were decided under another version of it, of its vocabularies or of Intake, or another directory")
    for number, sentence in (
        (tally.directory_changed, "of them may owe it to the directory, which is today's"),
        (tally.overruled, "of them a person has decided since; only outcome and gates are compared there"),
        (tally.not_replayed, "could not be replayed, see above"),
    ):
        if number:
            say(f"  {number:,} {sentence}")
