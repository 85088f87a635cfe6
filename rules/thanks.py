"""Thanks: whether a reply says nothing but thanks, or that the matter is over, so that it opens nothing again.

English, French and German. Every sentence has to be one of thanks, of "it works", a greeting or a name: whatever else
stands there, be it one word that is not in the lists, makes the reply a reply like any other. So doubt always reaches
a person. A question, a file, and an effect or a severity that the mail states speak against it in any case.
"""

import re

from rules.facts import Heard, Mail, Reading

LONGEST = 600
"""Characters of a mail that says no more than thanks."""
MOST_WORDS = 60
CLOSING_LINES = 6
"""Lines below "Best regards": names, and what somebody puts there."""

SAYS_SO = re.compile(
    r"\b(?:thanks?|thankful|thx|cheers|much appreciated|solved|resolved|fixed|sorted|works?|working|settled"
    r"|merci|remercie|remercions|résolue?|réglée?|fonctionne|remarche|marche"
    r"|danke|dank|vielen dank|gelöst|behoben|erledigt|funktioniert|läuft|geht|klappt)\b"
)
"""A sentence has one of these, or is a greeting or a name."""

# What turns round a word that stands for trouble: "again" is good only behind these.
TOGETHER = re.compile(
    r"\b(?:(?:works?|working|is up|running|fine|ok|okay|online|back)(?: (?:now|fine|well|all)){0,2} again"
    r"|up again|back to normal|up and running|no (?:more|further) (?:problems?|issues?|errors?|questions?)"
    r"|(?:problem|issue|error|ticket|case|matter|request|incident)s? (?:is|are|has been|was|seems?|got|can be|may be)"
    r"|(?:my|the|our|this|that) (?:problem|issue|error|ticket|case|matter|request)s?"
    r"|(?:fonctionne|marche|remarche|tourne)(?: (?:maintenant|bien|très|parfaitement)){0,2} (?:à|de) nouveau"
    r"|à nouveau opérationnel\w*"
    r"|(?:le|mon|notre|ce) (?:problème|ticket|souci|incident)|la (?:demande|panne)"
    r"|plus de (?:problèmes?|soucis?)"
    r"|(?:läuft|funktioniert|geht|klappt)(?: (?:jetzt|nun|alles|gut)){0,2} wieder"
    r"|(?:alles )?(?:ist |jetzt )?wieder (?:online|in ordnung|gut|ok)"
    r"|(?:das|mein|unser|dieses) (?:problem|ticket|anliegen)|die (?:sache|störung)|der fehler"
    r"|keine (?:weiteren )?(?:probleme|fragen))\b"
)

ALLOWED = frozenset(
    re.findall(
        r"\S+",
        """
    a all also and any as at be been big can close closed confirm everything exactly excellent fantastic fast fine
    fixed for from good great had happy has have help helped helpful helping how i indeed is it its just kind kindly
    lot lots many me much my now of ok okay on our out perfect perfectly please prompt promptly quick quickly really
    reply resolved response right running say so solved some soon sorted sounds super support sure swift team thank
    thankful thanks that the then this ticket time to today top up us very was way we well were with wonderful work
    worked working works yes you your yours appreciated appreciate settled solution answer assistance effort efforts
    advice tip hint thx cheers that's it's i've we've you've may gone

    merci beaucoup bien mille grand infiniment pour votre vos ta ton tes réponse aide rapide rapidité réactivité
    intervention c'est tout est parfait parfaitement super génial excellent excellente nickel résolu résolue réglé
    réglée cela ça fonctionne marche remarche maintenant désormais vous je nous te tu on remercie remercions et à de
    la le les l'aide d'avoir avoir été très oui ok d'accord confirme que fermer clore clôturer pouvez peut bonne
    soirée journée équipe l'équipe toute solution conseil efficace efficacité sincèrement disparu

    danke dank vielen herzlichen besten recht schönen tausend sehr für die der das den dem ihre ihrer deine schnelle
    schnellen prompte rasche rasch hilfe unterstützung antwort rückmeldung lösung hat haben hast geholfen es ist jetzt
    nun alles gelöst behoben erledigt funktioniert läuft geht klappt prima toll bestens perfekt gut gute in ordnung
    damit somit kann können sie schließen schliessen geschlossen werden wir ich ihnen dir euch uns mir und so auch an
    schönen tag noch wunderbar klasse freundliche ja passt bestätige mühe tipp hinweis allen weg
    """,
    )
)
TROUBLE = re.compile(
    r"\b(?:problems?|issues?|errors?|incidents?|matter|case|request|problèmes?|soucis?|panne|demande|fehler|störung"
    r"|anliegen|sache)\b"
)
OVER = re.compile(
    r"\b(?:solved|resolved|fixed|sorted|settled|gone|closed?|no (?:more|further)|résolue?|réglée?|disparue?|plus de"
    r"|clore|fermer|clôturer|gelöst|behoben|erledigt|weg|keine|schlie(?:ß|ss)en|geschlossen)\b"
)
"""What has to be said of trouble where it is named."""
GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|ch[eè]re?s?|madame|monsieur"
    r"|hallo|guten (?:tag|morgen|abend)|sehr geehrte\w*|liebe[rs]?|moin|servus|grüezi)\b"
)
CLOSING = re.compile(
    r"(?:(?:kind|best|warm|many) (?:regards|wishes)|regards|sincerely|yours|best|br|kr|cheers"
    r"|have a (?:nice|good|great)"
    r"|cordialement|bien (?:cordialement|à vous)|sincères salutations|salutations|bonne (?:journée|soirée)|cdlt"
    r"|(?:mit )?(?:freundlich|best|viel|herzlich|schön|lieb)(?:e|en)? gr(?:ü|ue)(?:ß|ss)en?"
    r"|mfg|lg|vg|gruß|gruss|schönen tag)\b"
)
NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){0,3}")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
ASIDE = re.compile(r"[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]|[:;]-?[)D]")
"""Pictures and smiles."""
CONTRACTED = str.maketrans("’", "'")


def is_thanks(mail: Mail, reading: Reading) -> bool:
    """Whether the mail is nothing but thanks; False in doubt."""
    text = ASIDE.sub(" ", mail.new_text[: LONGEST + 1].translate(CONTRACTED)).strip()
    if not text or len(text) > LONGEST or "?" in text or mail.attachments or len(text.split()) > MOST_WORDS:
        return False
    if any(found.heard in (Heard.STATED, Heard.ASKED) and found.where == "body" for found in reading.found):
        return False
    sentences = _sentences(text)
    return any(SAYS_SO.search(one.lower()) for one in sentences) and all(map(_harmless, sentences))


def _sentences(text: str) -> list[str]:
    """The sentences, without the greeting above and what stands below the closing."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if (
        lines
        and GREETING.match(lines[0].lower())
        and len(lines[0].split()) <= 6
        and not SAYS_SO.search(lines[0].lower())
    ):
        lines = lines[1:]
    end = next((at for at, line in enumerate(lines) if at and CLOSING.match(line.lower())), None)
    if end is not None and len(lines[end].split()) <= 6 and _is_card(lines[end + 1 :]):
        lines = lines[:end]
    elif len(lines) > 1 and NAME.fullmatch(lines[-1]) and len(lines[-1].split()) <= 3:
        lines = lines[:-1]
    return [one for line in lines for one in re.split(r"[.!;,:–—]+", line) if one.strip()]


def _is_card(lines: list[str]) -> bool:
    """Whether these are names, places and numbers, as they stand below a closing, and nothing that is said."""
    words = [word for line in lines for word in WORD.findall(line)]
    said = [word for word in words if not word[0].isupper() and word not in PARTICLES]
    return len(lines) <= CLOSING_LINES and not said and "PS" not in words


PARTICLES = frozenset({"de", "du", "des", "la", "von", "van", "der", "den", "zu", "of", "and", "und", "et", "i", "at"})


def _harmless(sentence: str) -> bool:
    """Every word is one of those that thanks are made of, once what belongs together is out; or it only greets."""
    said = sentence.lower().strip()
    if GREETING.match(said) and len(said.split()) <= 3:
        return True
    if TROUBLE.search(said) and not OVER.search(said):
        return False
    left = TOGETHER.sub(" ", said)
    return not any(one.isdigit() for one in left) and all(word in ALLOWED for word in WORD.findall(left))
