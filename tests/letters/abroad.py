"""The sample letters that are told in three languages: one story a language, the same letters of each.

The English story is Alder Security's (`tests.letters.orders`), the French one a museum's under horizant's terms, the
German one a clinic's; of policies that speak of a priority there is one letter, in each language as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from intake.letter_order import Booked, Former, LetterKind, LetterOrder, PolicyWording, Rest
from rules.facts import Address, Allowance, Attachment, Decision, Evidence, Gate, Mail, OpenHours, Outcome


@dataclass(frozen=True, slots=True)
class Story:
    """What the letters of one language are about."""

    base: LetterOrder
    """The acknowledgement of the request."""
    priority: tuple[str, dict[int, str]]
    """The term of a policy that has no severities, with its names."""
    booked_for: str


def story_in(language: str, english: LetterOrder) -> Story:
    match language:
        case "fr":
            return _french(english)
        case "de":
            return _german(english)
        case _:
            priority = ("Priority", {1: "unavailable", 2: "major", 3: "limited"})
            return Story(english, priority, "report for the audit")


def _french(english: LetterOrder) -> Story:
    mail = Mail(
        message_id="<recherche@musee.example>",
        sender=Address("chantal@musee.example"),
        subject="La recherche est devenue très lente",
        text="",
        new_text="Bonjour,\n\ndepuis ce matin, la recherche est très ralentie pour plusieurs collègues.\n\nChantal",
        sha256="3" * 64,
        size=2_000,
        attachments=(
            Attachment("journal.log", "text/plain", 1_234_567, "4" * 64),
            Attachment("écran.png", "image/png", 812, "5" * 64),
        ),
    )
    decision = replace(
        english.decision,
        sender="chantal@musee.example",
        contact="Chantal Brassard",
        organization="Musée du Fleuve",
        contract="HZ-204",
        plan="technical",
        language="fr",
        letter_language="fr",
        severity_why=(Evidence("très ralentie", "body", 2), Evidence("très lente", "subject", 2)),
        first_response_due=datetime(2026, 3, 13, 19, 30, tzinfo=UTC),
        resolution_due=datetime(2026, 4, 1, 14, tzinfo=UTC),
        policy="horizant",
    )
    wording = PolicyWording(
        zone=ZoneInfo("America/Toronto"),
        hours=(OpenHours(0, 4, "09:00", "19:00"),),
        severities={1: "urgente", 2: "élevée", 3: "normale", 4: "faible"},
        term="Gravité",
        languages=("fr", "en"),
        versions=("5", "4"),
        trainings=("rapports", "interfaces"),
        quota=2,
        quota_resets=date(2026, 4, 1),
    )
    base = replace(english, decision=decision, mail=mail, wording=wording, language="fr", reference="HZ-318")
    base = replace(base, mailbox=Address("soutien@example.com", "Soutien Horizant"))
    priority = ("Priorité", {1: "indisponible", 2: "majeure", 3: "limitée"})
    return Story(base, priority, "rapport pour l’audit")


def _german(english: LetterOrder) -> Story:
    mail = Mail(
        message_id="<suche@klinik.example>",
        sender=Address("jens@klinik.example"),
        subject="Die Suche ist sehr langsam geworden",
        text="",
        new_text="Guten Tag,\n\nseit heute früh ist die Suche deutlich verlangsamt.\n\nJens",
        sha256="6" * 64,
        size=2_000,
        attachments=(Attachment("Protokoll für Sie.log", "text/plain", 1_234_567, "7" * 64),),
    )
    decision = replace(
        english.decision,
        sender="jens@klinik.example",
        contact="Jens Größler",
        organization="Klinik am Wald",
        contract="GO-77",
        plan="gold",
        language="de",
        letter_language="de",
        severity_why=(Evidence("deutlich verlangsamt", "body", 2), Evidence("sehr langsam", "subject", 2)),
        resolution_due=datetime(2026, 3, 18, 16, tzinfo=UTC),
        policy="gold",
    )
    wording = PolicyWording(
        zone=ZoneInfo("Europe/Berlin"),
        hours=(OpenHours(0, 4, "09:00", "17:00"),),
        severities={1: "dringend", 2: "hoch", 3: "normal", 4: "niedrig"},
        term="Schweregrad",
        languages=("de", "en"),
        versions=("5", "4"),
        trainings=("Toolkit", "Schnittstellen"),
        quota=2,
        quota_resets=date(2026, 4, 1),
    )
    base = replace(english, decision=decision, mail=mail, wording=wording, language="de", reference="GO-92")
    base = replace(base, mailbox=Address("support@example.com", "Beispiel-Support"))
    priority = ("Priorität", {1: "nicht verfügbar", 2: "schwer", 3: "begrenzt"})
    return Story(base, priority, "Bericht für die Prüfung")


def letters_of(story: Story) -> Iterator[tuple[str, LetterOrder]]:
    """Every letter in one language, by a name that says what it is about."""
    yield from _answers(story)
    yield from _routed(story.base)
    yield from _corrections(story.base)
    yield from _resting(story.base)
    yield from _bookings(story)
    yield from _forwarded(story.base)


def _answers(story: Story) -> Iterator[tuple[str, LetterOrder]]:
    base = story.base
    term, names = story.priority
    yield "acknowledgement", base
    yield (
        "acknowledgement_priority",
        replace(
            base,
            decision=replace(base.decision, severity=1, severity_why=()),
            wording=replace(base.wording, term=term, severities=names, urgent_contact="+32 2 555 01 00"),
        ),
    )
    calm = replace(base.decision, severity=4, severity_why=(), first_response_due=None, resolution_due=None)
    yield "acknowledgement_best_effort", replace(base, decision=calm, mail=replace(base.mail, attachments=()))
    held = replace(calm, outcome=Outcome.HELD)
    yield "held", replace(base, kind=LetterKind.HELD, letter="held", decision=held)
    no_hours = replace(held, failed=(Gate.EXPERT_HOURS,))
    yield "held_without_hours", replace(base, kind=LetterKind.HELD, letter="held", decision=no_hours)
    declined = replace(calm, outcome=Outcome.DECLINED, severity=None)
    for name, gates in (("declined_one_reason", (Gate.SUBSCRIPTION,)), ("declined_every_reason", tuple(Gate))):
        order = replace(base, kind=LetterKind.DECLINE, letter=f"declined_{gates[0]}", decision=declined)
        yield name, replace(order, decision=replace(declined, failed=gates), contract_ended=date(2025, 12, 31))


def _sent_on(base: LetterOrder, letter: str, **where: object) -> LetterOrder:
    decision: Decision = replace(base.decision, outcome=Outcome.ROUTED, severity=None, **where)  # type: ignore[arg-type]
    return replace(base, kind=LetterKind.ROUTED, letter=letter, decision=decision)


def _routed(base: LetterOrder) -> Iterator[tuple[str, LetterOrder]]:
    visits = Allowance("on_site_visit", Decimal(1), 2)
    manager = "account_manager"
    yield "routed_experts", _sent_on(base, "routed_expert_services", queue="expert_services")
    yield "routed_own_queue", _sent_on(base, "routed_billing", queue="billing")
    yield "routed_allowance", _sent_on(base, f"routed_{manager}", queue=manager, allowance=visits)
    for name, left in (
        ("used_up", replace(visits, left=Decimal(0))),
        ("not_in_plan", replace(visits, left=Decimal(0), of=0)),
    ):
        yield f"routed_allowance_{name}", _sent_on(base, f"routed_{manager}", queue=manager, allowance=left)
    for party, letter in (("distributor", "routed_level_0"), ("support_partner", "routed_user_support")):
        to = f"help@{party.replace('_', '-')}.example"
        yield f"routed_{party}", _sent_on(base, letter, queue="support", forward_to=to, party=party)


def _corrections(base: LetterOrder) -> Iterator[tuple[str, LetterOrder]]:
    now = base.decision
    corrected = replace(base, kind=LetterKind.PROMISE, letter="promise_changed")
    later = Former(now.severity, datetime(2026, 3, 13, 16, 30, tzinfo=UTC), None)
    first_only = replace(now, resolution_due=None)
    raised = Former(3, datetime(2026, 3, 17, 15, tzinfo=UTC), datetime(2026, 4, 3, 15, tzinfo=UTC))
    yield "promise_severity", replace(corrected, former=raised)
    yield "promise_paused", replace(corrected, decision=first_only, former=later)
    ended = replace(now, severity=4, first_response_due=None, resolution_due=None)
    yield "promise_ended", replace(corrected, decision=ended, former=Former(2, now.first_response_due, None))
    yield "promise_begun", replace(corrected, decision=first_only, former=Former(4, None, None))
    yield "promise_same", replace(corrected, decision=first_only, former=Former(3, now.first_response_due, None))
    kept = replace(now, first_response_due=None, resolution_due=None)
    yield "promise_none", replace(corrected, decision=kept, former=Former(3, None, None))
    yield "promise_reopened", replace(corrected, decision=first_only, former=replace(later, cause="reopened"))
    back = Former(None, None, None, cause="taken_back")
    yield "promise_taken_back", replace(corrected, former=back)
    yield "promise_taken_back_without", replace(corrected, decision=ended, former=back)
    yield "promise_waiting", replace(corrected, former=replace(raised, waiting=True))
    # seen late, or accepted only now: what lies in the past is no promise
    late = replace(base, at=datetime(2026, 4, 30, tzinfo=UTC))
    yield "acknowledgement_late", late
    yield "promise_late", replace(corrected, at=late.at, former=raised)


def _resting(base: LetterOrder) -> Iterator[tuple[str, LetterOrder]]:
    resting = replace(base, kind=LetterKind.WAITING, letter="still_waiting")
    rest = Rest(datetime(2026, 3, 16, 11, tzinfo=UTC), date(2026, 3, 26))
    yield "still_waiting", replace(resting, rest=rest)
    yield "still_waiting_without_end", replace(resting, rest=replace(rest, until=None))
    yield "closed_waiting", replace(resting, letter="closed_waiting", rest=rest)
    yield "stays_closed", replace(resting, letter="stays_closed", rest=rest, mail=replace(base.mail, subject=""))


def _bookings(story: Story) -> Iterator[tuple[str, LetterOrder]]:
    told = replace(story.base, kind=LetterKind.BOOKED, letter="hours_booked")
    hours = Booked("expert_hours", Decimal("1.50"), Decimal("18.5"), "Sam Field", story.booked_for)
    yield "booked", replace(told, booked=hours)
    yield "booked_the_last", replace(told, booked=replace(hours, left=Decimal("0.00"), note=""))
    yield "booked_visit", replace(told, booked=Booked("on_site_visit", Decimal(1), Decimal(1), "Sam Field"))


def _forwarded(base: LetterOrder) -> Iterator[tuple[str, LetterOrder]]:
    for party, topic, event in (
        ("distributor", "level_0", "forwarded"),
        ("support_partner", "user_support", "follow_up_in_part"),
    ):
        to = Address(f"help@{party.replace('_', '-')}.example")
        order = _sent_on(base, "forwarded", forward_to=to.address, party=party, topic=topic)
        yield f"forwarded_{party}", replace(order, kind=LetterKind.FORWARD, recipients=(to,), event=event)
