"""Recognise the lines with which mail programs introduce what they quote, in the languages of their users.

"On … wrote:" on one line or torn over several, blocks of From/Sent/To/Subject, "-----Original Message-----" and
"Forwarded message", and the marker of our own letters. Every function looks at a bounded number of bounded lines.
"""

import re

LONGEST = 500
LINES = 6

MARKERS = (
    "reply above this line", "please reply above this line", "type your reply above this line",
    "bitte antworten sie oberhalb dieser zeile", "répondez au-dessus de cette ligne",
    "responda por encima de esta línea", "responda sobre esta línea", "rispondere sopra questa riga",
    "responda acima desta linha", "antwoord boven deze regel",
)  # fmt: skip
ORIGINAL = frozenset({
    "original message", "originalmeddelande", "original appointment", "ursprüngliche nachricht", "originalnachricht",
    "message d'origine", "message original", "message initial", "mensaje original", "messaggio originale",
    "messaggio inoltrato", "mensagem original", "oorspronkelijk bericht", "oprindelig meddelelse",
    "opprinnelig melding", "ursprungligt meddelande", "alkuperäinen viesti", "wiadomość oryginalna",
    "oryginalna wiadomość", "původní zpráva", "původní e-mail", "pôvodná správa", "исходное сообщение",
    "оригинальное сообщение", "вихідне повідомлення", "orijinal mesaj", "özgün ileti", "eredeti üzenet",
    "mesaj original", "αρχικό μήνυμα", "原始邮件", "原始郵件", "邮件原件", "元のメッセージ", "원본 메시지",
    "forwarded message", "begin forwarded message", "original email", "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht", "message transféré", "message transmis", "mensaje reenviado",
    "mensagem encaminhada", "doorgestuurd bericht", "videresendt meddelelse", "vidarebefordrat meddelande",
    "wiadomość przekazana", "przekazana wiadomość", "přeposlaná zpráva", "пересылаемое сообщение",
    "пересланное сообщение", "転送メッセージ", "转发的邮件", "轉寄的郵件", "forwarded by", "reply message",
    "original mail",
})  # fmt: skip
# what follows a verb-less rule line that means the same
RULE = re.compile(r"^[ \t>*]*[-_=*~#—–\u2014]{5,120}[ \t*]*$")

LABELS: dict[str, str] = {
    label.replace("_", " "): kind
    for kind, labels in (
        ("from", "from von de da van od fra från mittente expéditeur remitente от від kimden feladó lähettäjä από"),
        ("from", "de_la מאת من từ šalje siunčia pošiljatelj odosielateľ"),
        ("date", "נשלח تاريخ_الإرسال đã_gửi poslano odosielanie išsiųsta"),
        ("to", "către אל إلى tới komu_adresat prima gavėjas"),
        ("subject", "subiect נושא الموضوع chủ_đề naslov tema_pisma predmet_správy teema pealkiri"),
        ("from", "odesílatel expeditor nadawca od_kogo 发件人 寄件者 寄件人 差出人 送信者 보낸_사람 보낸사람"),
        (
            "date",
            "date sent datum gesendet envoyé envoyé_le date_d'envoi data inviato fecha enviado enviado_el enviada",
        ),
        ("date", "enviada_em enviado_em verzonden sendt skickat lähetetty dato päivämäärä wysłano wysłane odesláno"),
        ("date", "odoslané дата отправлено надіслано tarih gönderilen gönderme_tarihi elküldve dátum trimis received"),
        ("date", "στάλθηκε ημερομηνία 发送时间 日期 傳送時間 寄件日期 日時 送信日時 보낸_날짜"),
        ("to", "to an à a para aan do til till vastaanottaja komu кому kime címzett către προς destinataire"),
        ("to", "destinatario destinatário ontvanger dla pour 收件人 收件者 宛先 받는_사람"),
        ("cc", "cc bcc kopie copie copia cópia kopi kopia kopio dw копия копія bilgi másolatot_kap 抄送 副本 참조"),
        ("subject", "subject betreff objet oggetto asunto assunto onderwerp emne ämne aihe temat předmět predmet тема"),
        ("subject", "konu tárgy subiect θέμα sujet re risposta 主题 主旨 件名 제목"),
        ("reply-to", "reply-to antwort_an répondre_à responder_a rispondi_a beantwoorden"),
        ("other", "importance priority wichtigkeit attachments anlagen pièces_jointes priorité"),
    )
    for label in labels.split()
}

VERBS = (
    "wrote", "writes", "schrieb", "schrieben", "a écrit", "écrit", "escribió", "ha scritto", "scrisse", "escreveu",
    "schreef", "geschreven", "skrev", "napisał(a)", "napisał", "napisała", "pisze", "napsal(a)", "napsal", "napísal",
    "написал(а)", "написал", "написала", "пишет", "пише", "написав", "写道", "寫道", "写到", "のメール", "書きました",
    "님이 작성", "yazdı", "şunları yazdı", "kirjoitti", "írta", "a scris", "έγραψε", "đã viết", "menulis", "כתב",
    "كتب", "va escriure", "написа", "написао/ла", "napisao je", "napisala", "napísal(a)", "napisal/a", "rašė",
    "rakstīja", "เขียนว่า", "napisal", "napisali", "šunu yazdı",
)  # fmt: skip
# where the verb stands in the middle and a name or a time ends the line
INNER = (
    " schrieb ", " skrev ", " schreef ", " heeft ", " kirjoitti ", " пользователь ", " user ", " napsal ", " от ",
    " ezt írta ", "napisana przez ", " kirjutas ", " lietotājs ",
)  # fmt: skip
DAYS = (
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so", "lun", "mar", "mer",
    "jeu", "ven", "sam", "dim", "ma", "wo", "vr", "za", "zo", "man", "tir", "tirs", "ons", "tor", "tors", "fre",
    "lør", "lör", "søn", "sön", "пн", "вт", "ср", "чт", "пт", "сб", "вс", "dom", "seg", "ter", "qua", "qui", "sex",
    "sáb", "mié", "pon", "ut", "st", "št", "pi", "ne", "po", "uto", "sri", "čet", "pet", "sub", "ned", "wt", "śr",
    "czw", "pt", "sob", "niedz", "pn", "otrd", "út", "čt", "pá",
)  # fmt: skip
STARTS = (
    "on ", "at ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "dnia ", "w dniu ", "dne ", "på ", "pe ", "vào ",
    "в ", "во ", "στις ", "pada ", "no dia ", "il giorno ", "ב-", "في ", "在", "於", "于", "---- on ", "în ",
    "el día ", "на ", "v v ", "kuupäev ", "ในวันที่", "wiadomość napisana ", "у ",
    *(day + end for day in DAYS for end in (" ", ".", ",")),
)  # fmt: skip
WHEN = re.compile(
    r"(?:19|20)\d\d|\b\d{1,2}[:.h]\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"
    r"|\b\d{1,2}\.? (?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}\b"
)
CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
SECONDS = re.compile(r"\b\d{1,2}:\d{2}:\d{2}\b")
BRACKETED = re.compile(r"[<(\[]\s?[^\s<>()@]{1,80}@[^\s<>()@]{2,120}\s?[>)\]]")
ADDRESS = re.compile(r"[^\s<>@]{1,80}@[^\s<>@]{2,120}")
STAMP = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}[ T]\d{1,2}:\d{2}|(?:19|20)\d\d/\d{1,2}/\d{1,2} ")
NAMED_STAMP = re.compile(r"[\d-]{8,10} \d{1,2}:\d\d GMT[+-]\d\d:\d\d(?: [^\W\d_][\w.'’-]{0,30}){1,4}:?$")
THINGS = (
    "server",
    "system",
    "log",
    "application",
    "device",
    "camera",
    "it",
    "service",
    "daemon",
    "process",
    "database",
)
LABEL = re.compile(r"^[\s>*|]*([^:：\n]{1,24}?)[\s*]*[:：]")


def marker(line: str) -> bool:
    """Our own "reply above this line", with whatever a mail program put around it."""
    if len(line) > 200:
        return False
    bare = line.strip(" \t>|#*_=-~.…").casefold()
    if bare in MARKERS:
        return True
    said = next((each for each in MARKERS if bare.endswith(each)), "")  # "please type your reply above this line"
    return bool(said) and len(bare[: -len(said)].split()) <= 3


def forwarded(lines: list[str], at: int) -> int:
    """The index after "-----Original Message-----" or one of its kin, 0 where there is none."""
    line = lines[at][:200].strip()
    bare = line.strip(" \t>|*_=-~#:<").casefold()
    if bare not in ORIGINAL and not bare.startswith("forwarded by "):
        return 0
    dressed = line[:1] in "-_*=>|~#" or line.endswith(":") or header_block(lines, at + 1)
    return at + 1 if dressed else 0


def header_block(lines: list[str], at: int) -> int:
    """The index after a block of From/Sent/To/Subject that begins here, perhaps below a ruled line; 0 for none."""
    ruled = bool(RULE.match(lines[at][:130])) if at < len(lines) else False
    start = at
    while start < min(at + 3, len(lines)) and (RULE.match(lines[start][:130]) or (ruled and not lines[start].strip())):
        start += 1
    kinds: list[str] = []
    end, gap, has_address = start, 0, False
    for index in range(start, min(start + 16, len(lines))):
        line = lines[index][:LONGEST]
        kind = _kind(line)
        if kind:
            kinds.append(kind)
            end, gap = index + 1, 0
            has_address = has_address or "@" in line
        elif not kinds:
            return 0
        else:
            gap += 1
            if gap > 2 or (not line.strip() and (len(set(kinds)) >= 3 or gap > 1)):
                break
    found = set(kinds) - {"other"}
    if len(kinds) > len(found) + 2 or "from" not in found:
        return 0
    enough = len(found) >= 3 or (len(found) == 2 and (ruled or (has_address and "date" in found)))
    return end if enough else 0


def _kind(line: str) -> str:
    found = LABEL.match(line[:60])
    return LABELS.get(found[1].strip(" *\t").casefold(), "") if found else ""


def attribution(lines: list[str], at: int) -> int:
    """The index after an attribution that begins at this line and may be torn over a few; 0 for none."""
    first = lines[at].strip(" \t*_")
    if STAMP.match(first) and len(first) < 120:  # without an address, here or torn off, it is a line of a log
        if SECONDS.search(first):
            return 0
        alone = at > 0 and not lines[at - 1].strip() and not "".join(lines[at + 1 : at + 2]).strip()
        whole = (ADDRESS.search(first) and first.endswith((":", ">"))) or (alone and NAMED_STAMP.match(first))
        return at + 1 if whole else _torn(lines, at)
    if not _may_begin(first):
        return _foreign(lines, at)
    joined, blanks = first, 0
    for index in range(at, min(at + LINES, len(lines))):
        if index > at:
            line = lines[index].strip(" \t*_")
            blanks += not line
            if blanks > 2 or (blanks and joined.endswith((".", "!", "?", ")"))) or _begins(line):
                return 0
            joined = f"{joined} {line.lstrip('>').strip()}".strip()
        if len(joined) > LONGEST:
            return 0
        if _complete(joined):
            return index + 1
    return 0


def _foreign(lines: list[str], at: int) -> int:
    """The same in a language that is not known here: a day, a clock, an address, a colon, and below it a quote."""
    first, joined = lines[at][:LONGEST], ""
    if "@" not in first and not CLOCK.search(first):
        return 0
    for index in range(at, min(at + 3, len(lines))):
        line = lines[index][:LONGEST].strip(" \t*_")
        if not line or line.startswith(">"):
            return 0
        joined = f"{joined} {line}".strip()
        if joined.endswith((":", "：")):
            below = next((each for each in lines[index + 1 : index + 4] if each.strip()), "")
            known = CLOCK.search(joined) and WHEN.search(joined) and BRACKETED.search(joined)
            return index + 1 if known and below.startswith(">") and not SECONDS.search(joined) else 0
    return 0


def _torn(lines: list[str], at: int) -> int:
    """A stamp with a name whose address broke onto the next line."""
    following = lines[at + 1].strip() if at + 1 < len(lines) else ""
    return at + 2 if ADDRESS.match(following.lstrip("<")) and following.endswith(":") else 0


def _may_begin(line: str) -> bool:
    """A cheap look before any joining: a date comes early, or a name with an address and the verb."""
    if not line:
        return False
    start = line[:160].casefold()
    if (start[0].isdigit() or start.startswith(STARTS)) and any(character.isdigit() for character in start):
        return True
    if "@" in start and any(verb in start for verb in VERBS):
        return True
    return _complete(line[:LONGEST])


def _begins(line: str) -> bool:
    """Whether a later line begins an attribution of its own."""
    start = line[:80].casefold()
    return start.startswith(("on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ")) and any(map(str.isdigit, start))


def _complete(joined: str) -> bool:
    text = joined.casefold().rstrip(" -")
    if not text.endswith((":", "：")) and not text.endswith(VERBS):
        return False
    when, address = WHEN.search(text), ADDRESS.search(text)
    if not when and not address:
        return False
    bare = text.rstrip(" :：.")
    if bare.endswith(VERBS):
        before = bare.rsplit(None, 1)[0].rsplit(None, 1)[-1] if " " in bare else ""
        return before not in THINGS
    if any(verb in text for verb in INNER):
        return True
    # "26.06.2014, 14:41, "Name" <address>:" has no verb at all; with seconds it is a line of a log
    named = when and address and bare.endswith(">") and not SECONDS.search(text)
    return bool(named and (text[0].isdigit() or text.startswith(STARTS)))
