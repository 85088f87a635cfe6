"""What is new in a mail: quotes, histories and signatures go, answers stay, and in doubt everything does."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.quotes import new_text

QUOTE = "> Which version?\n> Sam"

ATTRIBUTIONS = [
    "On Tue, 10 Mar 2026 at 09:15, Sam Field <sam@example.com> wrote:",
    "On 10 Mar 2026, at 09:15, Sam Field wrote:",
    "On Tue, Mar 10, 2026 at 9:15 AM Example Support\n<support@example.com>\nwrote:",
    "Am 10.03.2026 um 09:15 schrieb Sam Field:",
    "Sam Field <sam@example.com> schrieb am Di., 10. März 2026\num 09:15:",
    "Le mar. 10 mars 2026 à 09:15, Sam Field <sam@example.com> a écrit\u00a0:",
    "El mar, 10 mar 2026 a las 9:15, Sam (<sam@example.com>) escribió:",
    "Il giorno mar 10 mar 2026 alle ore 09:15 Sam <sam@example.com> ha scritto:",
    "Em ter., 10 de mar. de 2026 às 09:15, Sam <sam@example.com> escreveu:",
    "Op di 10 mrt 2026 om 09:15 schreef Sam <sam@example.com>:",
    "Den tis 10 mars 2026 kl 09:15 skrev Sam <sam@example.com>:",
    "tir. 10. mar. 2026 kl. 09:15 skrev Sam <sam@example.com>:",
    "wt., 10 mar 2026 o 09:15 Sam <sam@example.com> napisał(a):",
    "út 10. 3. 2026 v 9:15 odesílatel Sam <sam@example.com> napsal:",
    "вт, 10 мар. 2026 г. в 09:15, Sam <sam@example.com>:",
    "10 марта 2026 г., 09:15, Sam <sam@example.com> написал:",
    "2026年3月10日(火) 9:15 Sam <sam@example.com>:",
    "在 2026年3月10日，上午9:15，Sam <sam@example.com> 写道：",
    "10 Mar 2026 Sal 09:15 tarihinde Sam <sam@example.com> şunu yazdı:",
    "2026-03-10 09:15 GMT+01:00 Sam <sam@example.com>:",
    "2026-03-10 09:15 GMT+01:00 Sam Field\n<sam@example.com>:",
    "Sam Field <sam@example.com> ezt írta (időpont: 2026. márc. 10., K, 9:15):",
    "ut 10. 3. 2026 o 9:15 Sam Field <sam@example.com> napísal(a):",
    "‫בתאריך יום ג׳, 10 במרץ 2026 ב-9:15 מאת ‪Sam‬‏ <‪sam@example.com‬‏>:‬",
    "На вт, 10.03.2026 г. в 9:15 Sam <sam@example.com> написа:",
    "uto, 10. ožu 2026. u 09:15 Sam <sam@example.com> napisao je:",
    "otrd., 2026. g. 10. marts, plkst. 09:15 — lietotājs Sam (<sam@example.com>) rakstīja:",
    "Kuupäev T, 10. märts 2026 kell 09:15 kirjutas Sam <sam@example.com>:",
    "ในวันที่ อ. 10 มี.ค. 2026 เวลา 09:15 Sam <sam@example.com> เขียนว่า:",
    "Wiadomość napisana przez Sam <sam@example.com> w dniu 10.03.2026, o godz. 09:15:",
    "Ar 10 Maw 2026 am 09:15, sgrifennodd Sam\n<sam@example.com>:",  # no language that is known here
]
HISTORIES = [
    "-----Original Message-----\nFrom: Sam\nSent: Tuesday\nTo: Ana\nSubject: x\n\nold",
    "-------- Weitergeleitete Nachricht --------\nBetreff: x\nVon: Sam\nAn: Ana\n\nold",
    "________________________________\nFrom: Sam Field <sam@example.com>\nSent: Tuesday, 10 March 2026\nTo: Ana\n\nold",
    "Von: Sam Field\nGesendet: Dienstag, 10. März 2026\nAn: Ana\nBetreff: x\n\nold",
    "*De :* Sam\n*Envoyé :* mardi\n*À :* Ana\n*Objet :* x\n\nold",
    "Da: Sam\nInviato: martedì\nA: Ana\nOggetto: x\n\nold",
    "Van: Sam\nVerzonden: dinsdag\nAan: Ana\nOnderwerp: x\n\nold",
    "От: Sam\nОтправлено: вторник\nКому: Ana\nТема: x\n\nold",
    "发件人: Sam\n发送时间: 2026年3月10日\n收件人: Ana\n主题: x\n\nold",
    "--- reply above this line ---\n\nold",
    "> --- reply above this line ---\n> old",
    "##- Please type your reply above this line -##\n\nold",
    "*--- Bitte antworten Sie oberhalb dieser Zeile ---*\n\nold",
    "--- Répondez au-dessus de cette ligne ---\n\nold",
    "De la: Sam\nTrimis: marți, 10 martie 2026\nCătre: Ana\nSubiect: x\n\nold",
    "מאת: Sam\nנשלח: יום שלישי 10 מרץ 2026\nאל: Ana\nנושא: x\n\nold",
    "---------- Forwarded message ---------\nFrom: Sam <sam@example.com>\nDate: Tue\nSubject: x\n\nold",
]
SIGNATURES = [
    "-- \nAna Ruiz\nAlder Security",
    "--\nAna Ruiz",
    "Best regards,\nAna Ruiz\nAlder Security",
    "Mit freundlichen Grüßen\n\nAna Ruiz",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Envoyé depuis mon mobile",
    "Get Outlook for Android",
    "________________________\nusers mailing list\nusers@lists.example.org",
    "-Ana Ruiz",
    "Ana Ruiz\nana@alder.example\n+34 91 555 01 23",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_introduced_quote_below_the_answer_goes(attribution: str) -> None:
    assert new_text(f"It stopped again.\n\n{attribution}\n{QUOTE}\n") == "It stopped again."


@pytest.mark.parametrize("attribution", ATTRIBUTIONS[:8])
def test_an_introduced_quote_above_the_answer_goes(attribution: str) -> None:
    assert new_text(f"{attribution}\n{QUOTE}\n\nIt stopped again.") == "It stopped again."


@pytest.mark.parametrize("history", HISTORIES)
def test_a_history_goes(history: str) -> None:
    assert new_text(f"It stopped again.\n\n{history}\n") == "It stopped again."


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_goes_and_so_does_one_above_a_quote(signature: str) -> None:
    assert new_text(f"It stopped again.\n\n{signature}\n") == "It stopped again."
    assert new_text(f"It stopped again.\n\n{signature}\n\n{ATTRIBUTIONS[0]}\n{QUOTE}") == "It stopped again."


@pytest.mark.parametrize(
    "text",
    [
        "It stopped again.",
        "The log says:\n\n2026-03-10 09:15:01 UTC ERROR index: not writable\n2026-03-10 09:15:02 UTC retry\n\nAnd now?",
        "The relay says\n\nMar 10 2026 09:15:01 rejected <ana@alder.example>:\n550 no\n\nfor all of us.",
        "So:\n\n2026-03-10 09:15:01 rejected <ana@alder.example>:\n> 550 no\n\nfor all of us.",
        "I did see the words reply above this line\n\nbut what do they mean?",
        "It began with\n\n2026-03-10 09:15 GMT+01:00 restarted 3 times\n\nand has not ended.",
        "2026-03-10 09:15 UTC – 2026-03-10 10:15 UTC\nRoom 5\n\nis when we can talk.",
        "> You asked which version.\n\n7.2.1\n\n> And since when?\n\nMonday.",
        "> a quote that nobody introduced\n\nand an answer",
        "> only a quote",
        "The log says:\nFrom: 10.0.0.4 connect\nTo: 10.0.0.5 refused\nand nothing else",
        "On Monday the vendor wrote: nothing works.\nWhat shall we do?",
        "On 12 March 2026 at 10:15 the server wrote:\nERROR 5 out of memory\nPlease help.",
        "See the table:\n| a | b | c |\n| 1 | 2 | 3 |",
        "I ran:\n--\nselect 1;\n" + "a long line of output that goes on and on\n" * 40,
        "Regards to your team for the last fix!\nNow to the new problem: the disk is full.",
        "Sent from my desk, this is much easier than on the phone.",
        "Thanks for calling.\nThe door opens at 8:30 and closes at 17:00:\nis that right?",
        "Subject: is empty in the form, why?",
    ],
)
def test_what_a_person_wrote_stays(text: str) -> None:
    assert new_text(text) == text.strip("\n")


def test_answers_between_quotes_stay_with_their_quotes() -> None:
    text = f"{ATTRIBUTIONS[0]}\n> One?\n\nYes.\n\n> Two?\n\nNo.\n\n> Regards\n> Sam"
    assert new_text(text) == "> One?\n\nYes.\n\n> Two?\n\nNo."


def test_a_forwarded_mail_without_a_word_keeps_what_it_forwards() -> None:
    header = "---------- Forwarded message ---------\nFrom: Sam <sam@b.cc>\nDate: Tue\nSubject: x\nTo: ana@b.cc"
    assert new_text(f"{header}\n\nThe disk is full.") == "The disk is full."


HOSTILE = {
    "blank lines": "hi" + "\n" * 20_000 + "there",
    "no-break lines": "hi" + "\u00a0\n" * 20_000 + "there",
    "attributions that never end": "On 1 a\n" * 50_000,
    "attributions": "On 1 Jan 2026 a@b.cc wrote:\n" * 50_000,
    "one long attribution": "On 1 " + "a " * 250_000,
    "header blocks that never fill": "x\nFrom: a\nTo: b\n" * 30_000,
    "quotes and answers": "> a\nb\n" * 100_000,
    "a 500 kB line": "word " * 100_000,
    "signs": ">" * 500_000,
    "dashes": "-" * 500_000 + "\n" + "--\n" * 100_000,
    "digits": "1" * 500_000,
    "addresses": "1 a@b\n" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_scanned_in_time(text: str) -> None:
    began = time.process_time()
    new_text(text)
    assert time.process_time() - began < 1.5


LINES = st.sampled_from([
    "", "text", "> quote", ">> deeper", ATTRIBUTIONS[0], "From: a@b.cc", "Sent: Monday", "To: x", "Subject: y", "-- ",
    "----", "Best regards,", "Ana", "-----Original Message-----", "--- reply above this line ---", "|x", "On 1",
])  # fmt: skip


@given(st.lists(LINES, max_size=30))
def test_what_is_left_is_never_empty_and_only_lines_of_the_text(lines: list[str]) -> None:
    text = "\n".join(lines)
    left = new_text(text)
    assert bool(left.strip()) == bool(text.strip())
    assert [line for line in left.split("\n") if line.rstrip() not in {each.rstrip() for each in lines} | {""}] == []
