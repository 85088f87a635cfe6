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
    "Sam Field <sam@example.com> wrote:",
    "Sam Field <sam@example.com> wrote on 10/03/2026 09:15:02 AM:",
    "Sam Field <sam@example.com> a écrit le 10/03/2026\n09:15 :",
    "Sam Field <sam@example.com> escreveu (terça, 10/03/2026 à(s) 09:15):",
    "Sam Field <sam@example.com> şunları yazdı (10 Mar 2026 09:15):",
    "Sam Field <sam@example.com> skrev: (10 mars 2026 09:15:02 CET)",
    "2026-03-10 09:15 tarihinde, Sam Field yazdı:",
    "2026-03-10 09:15 に Sam Field さんは書きました:",
    "26. 3. 10. 09:15에 Sam Field 이(가) 쓴 글:",
    "2026. 3. 10. 오전 9:15, Sam Field <sam@example.com> 작성:",
    "Вы писали 10 марта 2026 г., 9:15:02:",
    "Sam Field писал 2026-03-10 09:15:",
    '10 березня 2026, 09:15:02, від "Sam Field" <sam@example.com>:',
    "Στις Τρίτη 10 Μαρτίου 2026 στις 09:15:02 π.μ. EET, ο χρήστης Sam Field\n<sam@example.com> έγραψε:",
    "En martes, 10 de marzo de 2026, 09:15:02 CET, Sam Field\n<sam@example.com> escribió:",
    "Wiadomość napisana przez Sam Field\n<sam@example.com> w dniu 10 mar 2026, o godz. 09:15:",
    "Sam Field <sam@example.com> 於\n2026年3月10日 上午9:15 寫道：",
    "uto, 10. mar 2026. u 09:15 Sam Field <sam@example.com> je napisao/la:",
    "Missatge de Sam Field <sam@example.com> del dia dt., 10 de març 2026 a les 9:15:",
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
    "-------- Message d’origine --------\nDe : Sam\nDate : 10/03/2026 09:15 (GMT+01:00)\nÀ : Ana\nObjet : x\n\nold",
    "-----Özgün İleti-----\nKimden: Sam\nGönderildi: 10.03.2026\nKime: Ana\nKonu: x\n\nold",
    "-------- Oorspronkelijke post --------\nGeweest: Sam <s@b.cc>\nOp: 10.03.26 09:15\nNaar: <a@b.cc>\nOver: x\n\nold",
    "________________________________\nNo: Sam <s@b.cc>\nNosūtīts: 2026. gada 10. marts 09:15\nKam: <a@b.cc>\n\nold",
    "보낸사람: Sam <s@b.cc>\n날짜: 2026년 3월 10일 화요일 오전 9:15\n받는사람: Ana\n제목: x\n\nold",
    "Od: Sam <s@b.cc>\nPoslato: utorak, 10. mart 2026. 09:15\nZa: Ana\nTema: x\n\nold",
    "От: Sam\nОтправлено: четверг, 26 июня 2025 г. 15:05\nКому: Ana\n\nold",
    "Sam Field <sam@example.com> wrote:\n\nold",
    "Από: Sam\nΣτάλθηκε: Τρίτη, 10 Μαρτίου 2026\nΠρος: Ana\nΘέμα: x\n\nold",
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
    "Viele Grüße\nAna Ruiz",
    "This email and any attachments are confidential.",
    "Diese E-Mail enthält vertrauliche Informationen.\nWenn Sie nicht der Empfänger sind, löschen Sie sie bitte.",
    "Este mensaje y sus archivos adjuntos van dirigidos exclusivamente a su destinatario.",
    "Detta meddelande är konfidentiellt.",
    "このメールには機密情報が含まれています。",
    "Please consider the environment before printing this email.",
    "Beste Grüße aus Köln\nAna Ruiz\nAlder Security",
    "Vielen Dank und freundliche Grüße\nAna Ruiz",
    "İyi çalışmalar,\nAna Ruiz",
    "Salutations distinguées,\n\nAna Ruiz",
    "Von meinem Samsung Galaxy Smartphone gesendet.",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Holen Sie sich Outlook für iOS<https://aka.example/o0ukef>",
    "Télécharger Outlook pour iOS<https://aka.example/o0ukef>",
    "iOS için Outlook'u edinin<https://aka.example/o0ukef>",
    "Outlook voor iOS downloaden<https://aka.example/o0ukef>",
    "iPhone’umdan gönderildi",
    "나의 iPhone에서 보냄",
    "Windows 版のメールから送信",
    "從我的 iPhone 傳送",
    "Отправлено из мобильной Почты Mail",
    "נשלח מה-iPhone שלי",
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
        "Hello\n\nplease unlock\nana@alder.example\nben@alder.example",
        "Hello\n\ncall me: +34 91 555 01 23\nor mail: ana@alder.example",
        "Hello,\n\nfrom: srv1\nto: srv2\ndate: 2026-03-10\nstatus: failed\n\nthe copy job fails.",
        "Hallo,\n\nVon: Lager 1\nAn: Lager 2\nDatum: 10.03.2026\n\nUmzug des Servers.",
        "Hello,\n\n----- config -----\nuser: a@b.cc\nadmin: c@d.ee\nsince: 2026-03-10 09:15\n\nis this right?",
        "Hello\n\nmy colleague ben@alder.example wrote:\n\nthe portal is down\n\nCan you confirm?",
        "Hello\n\nyour colleague Sam <sam@example.com> wrote:\n\nit is fixed\n\nIt is not.",
        "Guten Tag,\n\nam Di., 10. März 2026 um 09:15 Uhr schrieb das System:\nFehler 5\n\nBitte um Hilfe.",
        "It stopped.\n\nEsta mensagem de erro aparece sempre.",
        "It stopped.\n\nQuesto messaggio di errore appare ogni volta.",
        "It stopped.\n\nEste correo no llega a los destinatarios.",
        "It stopped.\n\nThis message is marked confidential by your filter, why?",
        "On the PC it works.\n\nVon meinem iPhone geht es nicht.",
        "On the PC it works.\n\nFrom my iPhone the portal does not open.",
        "Hallo,\n\nOutlook für Android stürzt ab.",
        "Hallo,\n\nvon meinem iPhone wird nichts gesendet",
        "Hi,\n\nOutlook on Android cannot download mails",
        "お世話になります。\n\niPhoneから送信できません",
        "안녕하세요\n\niPhone에서 로그인이 안 됩니다",
        "您好\n\n无法从我的 iPhone 发送",
        "Please add these people:\nAna Ruiz\nana@alder.example\n+34 91 555 01 23",
        "Please check it.\n\nBest regards\nAna\n\nThe printer is broken, too.",
        "The form says\n\n--------------\nCustomer: Ana\nMail: ana@alder.example\nSince: Monday\n\nPlease fix it.",
        "So:\n\n---- Error report ----\nUser: ana@alder.example\nTime: 2026-03-10 10:15\nHost: x\n\nAnd now?",
        "The alert:\nFrom: noreply@alder.example\nTo: ops@alder.example\nSubject: backup failed\n\ncomes daily, why?",
        "From: 10 March 2026\nTo: 12 March 2026\nSubject: audit of the archive\n\nPlease open the ports.",
        "Hola,\n\nDe: lunes\nA: viernes\nAsunto: el servidor se para\n\nGracias",
        "Wie Frau Ruiz am 10.03.2026 schrieb:\nder Server steht.\n\nBitte helfen.",
        "As Ana Ruiz <ana@alder.example> wrote on 10.03.2026:\nthe server is down.\n\nPlease help.",
        "Le 10/03/2026 à 09:15 le serveur a écrit :\nplus de mémoire\n\nMerci.",
        "I typed\n\nC> dir\nfile not found\nC> copy a b\n\nand nothing came.",
    ],
)
def test_what_a_person_wrote_stays(text: str) -> None:
    assert new_text(text) == text.strip("\n")


@pytest.mark.parametrize("appended", ["Von meinem iPhone gesendet", "Sent from my iPhone"])
def test_what_stands_right_above_what_a_phone_appends_stays(appended: str) -> None:
    assert new_text(f"Hello,\n\nplease look again.\n{appended}") == "Hello,\n\nplease look again."
    assert new_text(f"Hello,\n\nApproved\n{appended}") == "Hello,\n\nApproved"
    assert new_text(f"It stopped again.\n\nJo Field\n{appended}") == "It stopped again."


def test_a_quote_with_initials_goes_where_quotes_are_introduced() -> None:
    assert new_text(f"It stopped.\n\n{ATTRIBUTIONS[0]}\nAR> which\nAR>\nAR> version?\n") == "It stopped."


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
