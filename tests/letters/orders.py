"""The sample letters: what each is about, and how the files beside this one are written again.

    python -m tests.letters.orders

rewrites every sample after a change of wording that is meant; read the difference before you commit it.
`<name>.txt` is the subject and the text, `<name>.html` the HTML, `acknowledgement.eml` the bytes as they are sent.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

from intake.compose import Letter, LetterKind, LetterOrder, PolicyWording, compose
from intake.letter_order import Asking, Briefing, Digest, Due, Earlier, News, Reported
from rules.facts import (
    Address,
    Attachment,
    Decision,
    Evidence,
    Gate,
    GateResult,
    Mail,
    MailKind,
    OpenHours,
    Outcome,
    Verdict,
)
from templates.render import Renderer
from tests.letters.abroad import letters_of, story_in

HERE = Path(__file__).parent

MAIL = Mail(
    message_id="<search-is-slow@alder.example>",
    sender=Address("ana@alder.example", "Ana R."),
    subject="Search has become very slow",
    text="",
    new_text="Hello,\n\nsince today we see a major performance degradation:\n\n\tevery search takes a minute.\n\nAna",
    sha256="0" * 64,
    size=2_000,
    attachments=(
        Attachment("server.log", "text/plain", 1_234_567, "1" * 64),
        Attachment("Suche läuft.png", "image/png", 48_200, "2" * 64),
    ),
)

DECISION = Decision(
    kind=MailKind.REQUEST,
    outcome=Outcome.ACCEPTED,
    sender="ana@alder.example",
    contact="Ana Ruiz",
    organization="Alder Security",
    contract="IR-STD",
    plan="standard",
    language="en",
    language_confidence=0.99,
    topic=None,
    gates=(
        GateResult(Gate.CONTACT, Verdict.PASS, "ana@alder.example is on IR-STD"),
        GateResult(Gate.VERSION, Verdict.FLAG, "the mail names version 3.2, which is not supported"),
    ),
    failed=(),
    flags=("version",),
    template="acknowledgement",
    letter_language="en",
    queue="support",
    forward_to=None,
    severity=2,
    severity_why=(
        Evidence("major performance degradation", "body", 2),
        Evidence("very slow", "subject", 2),
        Evidence("every search", "body", None, "impact=some"),
    ),
    first_response_due=datetime(2026, 3, 16, 11, tzinfo=UTC),
    resolution_due=None,
    reminders=(),
    policy="irex",
    policy_version="sha256:0",
    why="every gate is open",
)

WORDING = PolicyWording(
    zone=ZoneInfo("Europe/Brussels"),
    hours=(OpenHours(0, 4, "08:00", "16:00"),),
    severities={1: "urgent", 2: "high", 3: "normal", 4: "low"},
    languages=("en",),
    versions=("5", "4"),
    trainings=("toolkit", "advanced"),
    quota=2,
    quota_resets=date(2026, 4, 1),
)

ACKNOWLEDGEMENT = LetterOrder(
    kind=LetterKind.ACKNOWLEDGEMENT,
    decision=DECISION,
    mail=MAIL,
    reference="EX-1042",
    mailbox=Address("support@example.com", "Example Support"),
    letter="acknowledgement",
    language="en",
    wording=WORDING,
    at=datetime(2026, 3, 13, 16, 5, 7, tzinfo=UTC),
    arrival=datetime(2026, 3, 13, 16, 5, tzinfo=UTC),
    message_id="<EX-1042.acknowledgement.1@example.com>",
)


def declined(*gates: Gate, language: str = "en", contact: str | None = "Ana Ruiz") -> LetterOrder:
    decision = replace(
        DECISION,
        outcome=Outcome.DECLINED,
        failed=gates,
        contact=contact,
        language=(language if language != "en" else "de") if Gate.LANGUAGE in gates else "en",
        severity=None,
        severity_why=(),
        first_response_due=None,
        queue=None,
    )
    return replace(
        ACKNOWLEDGEMENT,
        kind=LetterKind.DECLINE,
        decision=decision,
        letter=f"declined_{gates[0]}",
        language=language,
        contract_ended=date(2025, 12, 31),
    )


def _orders() -> dict[str, LetterOrder]:
    best_effort = replace(DECISION, severity=4, severity_why=(), first_response_due=None)
    most_urgent = replace(DECISION, severity=1, severity_why=(Evidence("Severity: 1", "body", 1),))
    stranger = declined(Gate.CONTACT, contact=None)
    held = replace(DECISION, outcome=Outcome.HELD, first_response_due=None)
    notice = replace(
        ACKNOWLEDGEMENT,
        kind=LetterKind.NOTICE,
        letter="notice",
        recipients=(Address("sam@example.com", "Sam Field"),),
        message_id="<EX-1042.notice.2@example.com>",
    )
    question = replace(
        notice,
        kind=LetterKind.QUESTION,
        letter="question",
        message_id="<EX-1042.question.1@example.com>",
        asking=Asking(
            ("It answers no notice that was sent to you.",),
            "mailto:support@example.com?subject=Release%20%5BEX-1042%5D&body=%23release%20abc",
            ("The cache was full.", "", "Sam"),
        ),
    )
    return {
        "acknowledgement": ACKNOWLEDGEMENT,
        "acknowledgement_best_effort": replace(
            ACKNOWLEDGEMENT, decision=best_effort, mail=replace(MAIL, subject="", attachments=())
        ),
        "acknowledgement_most_urgent": replace(
            ACKNOWLEDGEMENT, decision=most_urgent, wording=replace(WORDING, urgent_contact="+32 2 555 01 00")
        ),
        "declined_contact": stranger,
        "declined_role": declined(Gate.ROLE),
        "declined_everything": declined(*Gate),
        "declined_subscription_es": declined(Gate.SUBSCRIPTION, Gate.LANGUAGE, language="es"),
        **{
            f"declined_language_{language}": declined(Gate.LANGUAGE, language=language)
            for language in ("en", "fr", "de", "es", "it", "pt", "nl", "pl", "ja", "zh")
        },
        "held": replace(ACKNOWLEDGEMENT, kind=LetterKind.HELD, decision=held, letter="held"),
        "notice": notice,
        "notice_answerable": replace(
            notice,
            reply_to="support+abc@example.com",
            briefing=Briefing(
                answerable=True,
                earlier=(Earlier("EX-1001", datetime(2026, 2, 3, 8, tzinfo=UTC), "closed", "Search is slow"),),
                met=frozenset({"resolution"}),
                enclosed=True,
            ),
        ),
        "notice_from_a_partner": replace(notice, event="follow_up", briefing=Briefing(customers=False, standing=True)),
        "question": question,
        "transcript": replace(
            question,
            kind=LetterKind.TRANSCRIPT,
            letter="transcript",
            reported=Reported(
                done=True,
                lines=(("#close", "EX-1042 is closed.", ""),),
                mine=(
                    Due("EX-1041", "open", datetime(2026, 3, 13, 18, tzinfo=UTC), "Backup stops", 1),
                    Due("EX-1040", "waiting", None, "A question", own=False),
                ),
                more=3,
            ),
        ),
        "transcript_refused": replace(
            question,
            kind=LetterKind.TRANSCRIPT,
            letter="transcript",
            reported=Reported(
                done=False,
                lines=(("#clos", "There is no command #clos.", "#close"),),
                forms=(("#close", "The matter is settled."), ("#help", "This list.")),
            ),
        ),
        "alarm": replace(
            question,
            kind=LetterKind.NOTICE,
            reference="",
            letter="alarm",
            event="disk",
            note="120 MB are free under /var/lib/intake, less than disk_floor_bytes (200 MB): no mail is taken in.",
        ),
        "digest": replace(
            question,
            kind=LetterKind.DIGEST,
            reference="",
            letter="digest",
            digest=Digest(
                since=datetime(2026, 3, 12, 7, 30, tzinfo=UTC),
                news=(
                    News(
                        "EX-1041",
                        "Backup stops",
                        "ben@alder.example",
                        (("accepted", 1), ("follow_up", 2)),
                        ("Also addressed, but not on IR-STD, and never written to: x@y.example.",),
                        LINK,
                    ),
                    News("EX-1039", "", "ana@alder.example", (("closed_waiting", 1),), answer=LINK),
                ),
                open=(
                    (Due("EX-1041", "open", datetime(2026, 3, 13, 18, tzinfo=UTC), "Backup stops", 2), LINK),
                    (Due("EX-1040", "waiting", None, "A question", own=False), ""),
                ),
                more=3,
            ),
        ),
        "gap": replace(
            question,
            kind=LetterKind.NOTICE,
            reference="",
            letter="gap",
            event="gap",
            note="support",
            reported=Reported(
                done=False,
                lines=(
                    (
                        "a mail stands in the mailbox's folder and was never looked at (UID 17, 4,321 bytes)",
                        "",
                        "move it to another folder and back: under its new UID it is taken in",
                    ),
                ),
                more=3,
            ),
        ),
        "question_crossing": replace(
            question,
            asking=Asking(
                ("Kim Senn answered 4 minutes ago. Should yours go, too?",),
                other="Kim Senn",
                others_text=("It is the cache.", "", "Kim"),
            ),
        ),
        "notice_withheld": replace(
            notice, event="withheld", note="The customer was sent no acknowledgement: 10 letters went there this hour."
        ),
    }


def _told_in_every_language() -> dict[str, LetterOrder]:
    stories = {language: story_in(language, ACKNOWLEDGEMENT) for language in LANGUAGES}
    told = {f"{name}_{language}": order for language, of in stories.items() for name, order in letters_of(of)}
    return {name: order for name, order in told.items() if name not in {"acknowledgement_en", "held_en"}}


LINK = "mailto:support@example.com?subject=Re%3A%20%5BEX-1041%5D%20Backup%20stops&In-Reply-To=%3Cseal%40example.com%3E"
LANGUAGES = ("en", "fr", "de")
"""Of every letter to a customer, whole."""
ORDERS = _orders() | _told_in_every_language()


def parts_of(letter: Letter) -> dict[str, str]:
    """File ending -> what the sample file holds."""
    message = message_from_bytes(letter.raw, policy=default)
    assert isinstance(message, EmailMessage)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return {
        "txt": f"Subject: {letter.subject}\n\n" + text.get_content().replace("\r\n", "\n"),
        "html": html.get_content().replace("\r\n", "\n"),
    }


def write() -> None:
    renderer = Renderer()
    for name, order in ORDERS.items():
        for ending, content in parts_of(compose(order, renderer)).items():
            (HERE / f"{name}.{ending}").write_text(content, encoding="utf-8")
    (HERE / "acknowledgement.eml").write_bytes(compose(ACKNOWLEDGEMENT, renderer).raw)


if __name__ == "__main__":
    write()
