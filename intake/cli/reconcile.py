"""`intake reconcile`: proves that every mail ever seen ended in exactly one place, and prints the gap."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import mailbox_named, open_database, read_settings
from intake.cli.options import Config, Json, MailboxName
from intake.cli.output import Refused, json_line, local, say, table, tell
from intake.printable import printable

if TYPE_CHECKING:
    from intake.config import Settings
    from intake.reconcile import MailboxLook, Reconciliation

ALL = "all"


def reconcile(
    full: Annotated[bool, typer.Option("--full", help="Compare every filed mail again, not only new ones.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Look at the database alone.")] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="GAP", help="This gap (its number, or all) is known and may stay."),
    ] = None,
    rewind: Annotated[
        bool, typer.Option("--rewind", help="The daemon's next start looks at the folder from its first UID on.")
    ] = False,
    mailbox: MailboxName = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Prove that every mail ended in exactly one place.

    Exit 1 with a gap. Works beside the daemon; no mail is changed. What was compared once is not fetched again but
    with --full.
    """
    settings = read_settings(config, secrets=not (offline or accept or rewind))
    names = [mailbox_named(settings, mailbox).name] if mailbox else None
    if accept:
        _accept(settings, names, accept, json=json)
    elif rewind:
        _rewind(settings, mailbox, json=json)
    else:
        _look(settings, names, full=full, offline=offline, json=json)


def _look(settings: "Settings", names: list[str] | None, *, full: bool, offline: bool, json: bool) -> None:
    from intake.folder_look import Looking
    from intake.gap_telling import note
    from intake.reconcile import reconcile

    now = datetime.now(UTC)
    with open_database(settings) as database:
        found = reconcile(settings, database, now, names, Looking(full=full, offline=offline))
        note(database, found, now)
    if json:
        _as_json(found)
    else:
        _as_text(found, offline=offline)
    if not found.well:
        raise typer.Exit(1)


def _accept(settings: "Settings", names: list[str] | None, wanted: list[str], *, json: bool) -> None:
    from intake.cli.verdicts import account
    from intake.gap_telling import accept
    from intake.gap_words import what

    if not all(one == ALL or one.isdecimal() for one in wanted):
        raise Refused('--accept takes the number of a gap, as `intake reconcile` shows it, or "all"', 2)
    numbers = None if ALL in wanted else {int(one) for one in wanted}
    with open_database(settings) as database:
        accepted = accept(database, names, numbers, account(), datetime.now(UTC))
    for gap in accepted:
        tell({"gap": gap.gap_id, "accepted": True}, f"gap {gap.gap_id} is accepted: {what(gap)}", json=json)
    if missing := sorted((numbers or set()) - {gap.gap_id for gap in accepted}):
        raise Refused(f"there is no open gap {', '.join(map(str, missing))}; `intake reconcile --offline` lists them")
    if not accepted and not json:
        say("there is no open gap")


def _rewind(settings: "Settings", mailbox: str | None, *, json: bool) -> None:
    from intake.store import at_rest
    from storage import checkpoints

    name = mailbox_named(settings, mailbox).name
    with open_database(settings) as database, at_rest(database), database.transaction() as tx:
        checkpoints.rewind(tx, name)
    sentence = f"{name} is read from its first UID on at the daemon's next start; what has its end already is passed"
    tell({"mailbox": name, "rewound": True}, sentence, json=json)


def _as_json(found: "Reconciliation") -> None:
    from intake.gap_words import remedy, what

    mails = {(one.mailbox, one.end): one.number for one in found.mails}
    uids = {(one.mailbox, one.end): one.number for one in found.uids}
    for name, end in sorted(mails.keys() | uids.keys()):
        line = {"mailbox": name, "end": end, "mails": mails.get((name, end), 0), "uids": uids.get((name, end), 0)}
        json_line({"type": "end", **line})
    for look in found.mailboxes:
        inbox = asdict(look.inbox) if look.inbox else None
        if inbox:
            del inbox["found"]
        folders = [asdict(one) for one in look.folders]
        json_line(
            {
                "type": "mailbox",
                "mailbox": look.name,
                "inbox": inbox,
                "folders": folders,
                "filed": look.filed,
                "trouble": look.trouble,
            }
        )
    for gap in found.gaps:
        json_line({"type": "gap", **asdict(gap), "what": what(gap), "remedy": remedy(gap)})
    json_line(
        {
            "type": "reconciliation",
            "well": found.well,
            "at": found.at,
            "seconds": round(found.seconds, 3),
            "mails": sum(mails.values()),
            "uids": sum(uids.values()),
            "gaps": len(found.open) + sum(found.more.values()),
            "accepted": len(found.gaps) - len(found.open),
        }
    )


def _as_text(found: "Reconciliation", *, offline: bool) -> None:
    mails = {(one.mailbox, one.end): one.number for one in found.mails}
    uids = {(one.mailbox, one.end): one.number for one in found.uids}
    table(
        ("mailbox", "ended as", "mails", "UIDs"),
        [
            (name, end, f"{mails.get((name, end), 0):,}", f"{uids.get((name, end), 0):,}")
            for name, end in sorted(mails.keys() | uids.keys())
        ],
    )
    for look in found.mailboxes:
        _tell_look(look)
    _tell_gaps(found)
    total, under = sum(mails.values()), sum(uids.values())
    many = len(found.open) + sum(found.more.values())
    where = "; the folders were not looked at" if offline else ""
    if many:
        say(f"{many:,} GAP(S) among {total:,} mails seen under {under:,} UIDs{where}")
    elif found.well:
        say(f"no gap: {total:,} mails, seen under {under:,} UIDs, each ended in exactly one place{where}")
    else:
        say(f"no gap in the database ({total:,} mails, {under:,} UIDs), but not everything could be looked at")


def _tell_look(look: "MailboxLook") -> None:
    if look.inbox:
        inbox = look.inbox
        since = f", the oldest of {local(inbox.waiting_since)}" if inbox.waiting_since else ""
        waiting = f"; {inbox.waiting:,} wait to be taken in{since}" if inbox.waiting else ""
        seen = f"{inbox.looked_at:,} of them at or below the checkpoint, by their UIDs"
        say(f"{look.name}: {printable(inbox.folder)}: {inbox.mails:,} mail(s), {seen}{waiting}")
    for one in look.folders:
        before = f", {one.before:,} before" if one.before else ""
        changed = f"; {one.changed:,} known by Message-ID and arrival alone" if one.changed else ""
        rest = "" if one.whole else "; the rest is left to the next time"
        compared = f"{one.compared:,} compared byte for byte{before}"
        say(f"{look.name}: {printable(one.folder)}: {one.mails:,} mail(s), {compared}{changed}{rest}")
    there = sum(one.mails for one in look.folders)
    if look.folders and look.filed > there:
        say(f"{look.name}: {look.filed - there:,} of {look.filed:,} filed mails were deleted or moved away since")
    if look.trouble:
        say(f"{look.name}: NOT LOOKED AT  {printable(look.trouble, 2000)}")


def _tell_gaps(found: "Reconciliation") -> None:
    from intake.gap_words import remedy, what

    for gap in found.open:
        say(f"GAP {gap.gap_id}  {printable(gap.mailbox)}: {what(gap)}; found {local(gap.found_at)}")
        say(f"    {remedy(gap)}")
    for kind, number in found.more.items():
        say(f"GAP  and {number:,} more of the kind {kind.value}")
    if accepted := len(found.gaps) - len(found.open):
        say(f"{accepted:,} gap(s) were accepted, and are none any more")
