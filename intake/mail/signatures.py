"""Take the signature off the end of what somebody wrote.

The signature line of RFC 3676 §4.3, what phones and lists append, a closing greeting with the name below it, a block
of contact data, a disclaimer. Looks at the end of the text only, and at a bounded number of lines; in doubt it stays.
"""

import re

LONGEST = 25
"""Lines that a signature may have."""
SHORT = 70

CLOSINGS = frozenset({
    "best regards", "kind regards", "regards", "warm regards", "with kind regards", "with best regards",
    "many regards", "best wishes", "sincerely", "yours sincerely", "sincerely yours", "yours faithfully",
    "kindest regards", "br", "rgds", "mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichem gruß",
    "freundliche grüße", "beste grüße", "viele grüße", "liebe grüße", "schöne grüße", "freundliche grüsse", "mfg",
    "lg", "vg", "cordialement", "bien cordialement", "salutations", "sincères salutations", "bien à vous", "cdlt",
    "saludos", "un saludo", "saludos cordiales", "atentamente", "cordialmente", "un cordial saludo",
    "cordiali saluti", "distinti saluti", "saluti", "atenciosamente", "att", "cumprimentos",
    "com os melhores cumprimentos", "met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet", "mvg",
    "groeten", "groet", "med venlig hilsen", "venlig hilsen", "hilsen", "mvh", "vh", "kh", "med vennlig hilsen",
    "vennlig hilsen", "med vänlig hälsning", "med vänliga hälsningar", "vänliga hälsningar", "hälsningar",
    "ystävällisin terveisin", "terveisin", "pozdrawiam", "z poważaniem", "z powazaniem", "serdecznie pozdrawiam",
    "s pozdravem", "s pozdravom", "zdravím", "с уважением", "с наилучшими пожеланиями", "з повагою", "saygılarımla",
    "iyi çalışmalar", "üdvözlettel", "tisztelettel", "cu stimă", "cu respect", "με εκτίμηση", "此致", "敬具",
    "감사합니다", "thank you", "many thanks", "best regards / mit freundlichen grüßen",
})  # fmt: skip
# beginnings of the line that a phone or a program appends
MOBILE = (
    "sent from my ", "sent from mail", "sent from outlook", "sent from yahoo", "sent from windows", "sent from [",
    "sent from samsung", "sent from proton", "sent via ", "sent with ", "sent on the go", "<<sent by ", "(sent from ",
    "from my iphone", "get outlook for ", "get [outlook for ", "envoyé de mon ", "envoyé depuis ",
    "envoyé à partir de ", "télécharger outlook", "von meinem ", "gesendet von ", "gesendet mit ",
    "diese nachricht wurde von mein", "outlook für ", "holen sie sich outlook", "enviado desde ", "enviado do ",
    "enviado de mi ", "enviado a partir ", "obtener outlook", "inviato da ", "verzonden met ", "verstuurd vanaf ",
    "verzonden vanaf ", "sendt fra ", "skickat från ", "lähetetty ", "wysłane z ", "wysłano z ", "odesláno z ",
    "odoslané z ", "отправлено с ", "отправлено из ", "надіслано з ", "trimis de pe ", "iphoneから送信",
    "androidから送信", "发自我的", "從我的", "用我的", "iphone에서",
)  # fmt: skip
DISCLAIMERS = (
    "this email and any", "this e-mail and any", "this message and any", "this email is confidential",
    "confidentiality notice", "this e-mail is confidential", "the information contained in this",
    "this communication is confidential", "disclaimer:", "diese e-mail enthält vertrauliche", "ce message et toutes",
    "este mensaje y", "este correo electrónico", "esta mensagem", "questo messaggio",
    "please consider the environment", "dit bericht is vertrouwelijk", "niniejsza wiadomość",
)  # fmt: skip
RULE = re.compile(r"^\s*[-_=*~#+—–]{2,120}\s*$")
PHONE = re.compile(r"\+?\(?\d{2,5}\)?[\d ./()-]{5,18}\d")
CONTACT = re.compile(
    r"[^\s@]{1,80}@[^\s@]{3,120}|https?://|www\.|mailing list|unsubscribe|phone|mobil|skype|tel[.:]|fax", re.IGNORECASE
)
NAME = re.compile(r"^\s*(?:-|/)\w[\w.'’]{1,30}(?: \w[\w.'’]{0,30}){0,2}\s*$")


def without(lines: list[str]) -> list[str]:
    """The lines up to the signature. Never empties a text that said something."""
    lines = _trimmed(lines)
    for end in (_standard, _disclaimer, _mobile, _ruled, _closing, _contact, _name):
        cut = end(lines)
        if cut is not None and any(_says(line) for line in lines[:cut]):
            lines = _trimmed(lines[:cut])
    return lines


def _says(line: str) -> bool:
    return any(character.isalnum() for character in line) or (bool(line.strip()) and not RULE.match(line[:130]))


def _trimmed(lines: list[str]) -> list[str]:
    """Without empty and ruled lines at the end."""
    end = len(lines)
    while end and (len(lines[end - 1].strip()) <= 1 or RULE.match(lines[end - 1][:130])):
        if lines[end - 1].strip() and (lines[end - 1].strip().isalnum() and lines[end - 1].isascii()):
            break
        end -= 1
    return lines[:end]


def _tail(lines: list[str], longest: int = LONGEST) -> range:
    return range(max(len(lines) - longest, 0), len(lines))


def _standard(lines: list[str]) -> int | None:
    """ "-- " alone on its line; many programs lose the space."""
    return next((at for at in _tail(lines) if lines[at].rstrip() in ("--", "—", "-- ")), None)


def _disclaimer(lines: list[str]) -> int | None:
    for at in _tail(lines):
        if lines[at].lstrip(" *_>").casefold().startswith(DISCLAIMERS) and (at == 0 or not lines[at - 1].strip()):
            return at
    return None


def _mobile(lines: list[str]) -> int | None:
    """The first such line of the end, when nothing but its kin and short lines follow."""
    found = None
    for at in reversed(_tail(lines, 40)):
        line = lines[at].strip().casefold()
        if not line:
            continue
        if _is_mobile(line):
            found = at
        elif found is None or len(line) > SHORT or not _near(lines, at, found):
            break
    if found is None:
        return None
    # the name above it, as in "Jo Field / via mobile"
    return _paragraph(lines, found) if found - _paragraph(lines, found) <= 2 and _paragraph(lines, found) > 0 else found


def _near(lines: list[str], at: int, found: int) -> bool:
    """Whether another such line stands above in the same run."""
    return any(_is_mobile(each.strip().casefold()) for each in lines[max(at - 3, 0) : at])


def _is_mobile(line: str) -> bool:
    if len(line) > 120:
        return False
    if line in ("via mobile", "sent via mobile") or line.endswith(
        ("gesendet", "から送信", " via mobile", " from mobile")
    ):
        return len(line) < SHORT
    if not line.startswith(MOBILE):
        return False
    words = line.split()
    return len(words) <= 8 or any(each in line for each in ("excuse", "typo", "brevity", "http", "k-9"))


def _ruled(lines: list[str]) -> int | None:
    """A ruled line with something like contact data or a list's footer below it."""
    for at in _tail(lines):
        if not RULE.match(lines[at][:130]) or len(lines[at].strip()) < 3:
            continue
        rest = [line for line in lines[at + 1 :] if line.strip()]
        if rest:
            short = all(len(line) <= 120 for line in rest)
            if short and any(CONTACT.search(line[:200]) for line in rest):
                return at
            if short and len(rest) <= 2 and lines[at].strip().startswith("_"):
                return at
    return None


def _closing(lines: list[str]) -> int | None:
    """A greeting alone on its line, and below it nothing that reads like a sentence."""
    for at in _tail(lines, 16):
        if lines[at].strip(" \t,.!-–*_").casefold() in CLOSINGS:
            rest = [line.strip() for line in lines[at + 1 :] if line.strip()]
            if rest and all(
                len(line) <= SHORT and not line.casefold().startswith(("ps", "p.s", "p.s.", "nb:")) for line in rest
            ):
                return at
    return None


def _contact(lines: list[str]) -> int | None:
    """A last paragraph of short lines, two of them with an address, a number or a link."""
    at = _paragraph(lines, len(lines) - 1)
    block = lines[at:]
    if not 2 <= len(block) <= 10 or any(len(line) > SHORT for line in block):
        return None
    marks = sum(bool(CONTACT.search(line) or PHONE.search(line)) for line in block)
    return at if marks >= 2 else None


def _name(lines: list[str]) -> int | None:
    """ "-Ana Ruiz" or "/Ana" as the last line, after an empty one."""
    if len(lines) < 3 or not NAME.match(lines[-1][:100]) or lines[-2].strip():
        return None
    return len(lines) - 1


def _paragraph(lines: list[str], at: int) -> int:
    """Where the paragraph of this line begins."""
    while at > 0 and lines[at - 1].strip():
        at -= 1
    return at
