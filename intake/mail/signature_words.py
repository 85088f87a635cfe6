"""The words that stand in signatures and end a mail, by language; compared without regard to case.

Only tables: what is taken for a signature by them stands in `signatures`.
"""

from intake.mail.folding import folded

GREETINGS = folded(
    "hello", "hi,", "hi ", "dear ", "good morning", "hallo", "guten ", "sehr geehrte", "liebe", "bonjour", "hola",
    "buenos ", "estimad", "buongiorno", "gentil", "olá", "bom dia", "prezad", "beste ", "goede", "geachte", "hej",
    "hei", "dzień dobry", "dobrý den", "здравствуйте", "добрый день", "您好", "你好", "お世話", "안녕하세요",
    "merhaba",
)  # fmt: skip
"""With which people begin a mail, and hardly a program."""
CLOSINGS = frozenset(folded(
    "best regards", "kind regards", "regards", "warm regards", "with kind regards", "with best regards", "thank you",
    "many thanks", "감사합니다", "many regards", "best wishes", "sincerely", "yours sincerely", "sincerely yours",
    "yours faithfully", "kindest regards", "br", "rgds", "mit freundlichen grüßen", "mit freundlichen grüssen",
    "mit freundlichem gruß", "freundliche grüße", "beste grüße", "viele grüße", "liebe grüße", "schöne grüße",
    "freundliche grüsse", "mfg", "lg", "vg", "cordialement", "bien cordialement", "salutations",
    "sincères salutations", "bien à vous", "cdlt", "saludos", "un saludo", "saludos cordiales", "atentamente",
    "cordialmente", "un cordial saludo", "cordiali saluti", "distinti saluti", "saluti", "atenciosamente", "att",
    "cumprimentos", "com os melhores cumprimentos", "met vriendelijke groet", "met vriendelijke groeten",
    "vriendelijke groet", "mvg", "groeten", "groet", "med venlig hilsen", "venlig hilsen", "hilsen", "mvh", "vh",
    "kh", "med vennlig hilsen", "vennlig hilsen", "med vänlig hälsning", "med vänliga hälsningar",
    "vänliga hälsningar", "hälsningar", "ystävällisin terveisin", "terveisin", "pozdrawiam", "z poważaniem",
    "z powazaniem", "serdecznie pozdrawiam", "s pozdravem", "s pozdravom", "zdravím", "с уважением",
    "с наилучшими пожеланиями", "з повагою", "saygılarımla", "iyi çalışmalar", "üdvözlettel", "tisztelettel",
    "cu stimă", "cu respect", "με εκτίμηση", "此致", "敬具", "best regards / mit freundlichen grüßen", "cheers",
    "all the best", "best", "with best wishes", "warmly", "yours truly", "yours", "v/r", "take care", "cordially",
    "respectfully", "herzliche grüße", "mit besten grüßen", "mit herzlichen grüßen", "freundlicher gruss",
    "freundlicher gruß", "gruß", "gruss", "grüße", "grüsse", "beste grüsse", "viele grüsse", "liebe grüsse",
    "schönen gruß", "viele liebe grüße", "hochachtungsvoll", "schöne grüsse", "sonnige grüße", "i. a.", "im auftrag",
    "cdt", "bien amicalement", "salutations distinguées", "sincèrement", "très cordialement",
    "meilleures salutations", "amicalement", "avec mes salutations distinguées", "respectueusement", "bonne journée",
    "bonne réception", "un abrazo", "abrazos", "muy atentamente", "saludos y gracias", "reciba un cordial saludo",
    "un cordiale saluto", "buona giornata", "buon lavoro", "buona serata", "un saluto", "in fede", "abraços",
    "abraço", "grato", "grata", "melhores cumprimentos", "saudações", "cordiais saudações", "vriendelijke groeten",
    "hartelijke groet", "hartelijke groeten", "groetjes", "hoogachtend", "mange hilsner", "de bedste hilsner",
    "bedste hilsner", "venlige hilsner", "hälsning", "bästa hälsningar", "varma hälsningar", "beste hilsen",
    "hilsninger", "parhain terveisin", "yst. terv", "terv", "ystävällisesti", "kunnioittavasti", "yt",
    "pozdrawiam serdecznie", "z wyrazami szacunku", "pozdrowienia", "łączę pozdrowienia", "z pozdrowieniami",
    "s přátelským pozdravem", "s úctou", "hezký den", "přeji hezký den", "s priateľským pozdravom", "всего доброго",
    "всего наилучшего", "с уважением и наилучшими пожеланиями", "з найкращими побажаннями", "щиро ваш", "с уважение",
    "поздрави", "saygılarımızla", "iyi günler dilerim", "iyi günler", "selamlar", "sevgiler", "kolay gelsin", "üdv",
    "köszönettel", "szívélyes üdvözlettel", "baráti üdvözlettel", "toate cele bune", "o zi bună", "o zi frumoasă",
    "numai bine", "φιλικά", "με φιλικούς χαιρετισμούς", "lep pozdrav", "lijep pozdrav", "s poštovanjem",
    "srdačan pozdrav", "pozdrav", "lp", "pagarbiai", "ar cieņu", "lugupidamisega", "tervitades", "hormat saya",
    "salam", "trân trọng", "בברכה", "مع التحية", "مع أطيب التحيات", "salutacions", "atentament", "敬礼", "祝好",
    "祝商祺", "顺祝商祺", "顺颂商祺", "祝工作顺利", "以上", "何卒よろしくお願いいたします",
    "よろしくお願いいたします", "よろしくお願いします", "以上、よろしくお願いいたします", "드림", "안녕히 계세요",
))  # fmt: skip
THANKS = frozenset(folded(
    "thanks", "thank you", "many thanks", "thanks in advance", "many thanks in advance", "thank you in advance",
    "thanks a lot", "thx", "danke", "vielen dank", "besten dank", "herzlichen dank", "danke im voraus",
    "vielen dank im voraus", "merci", "merci d'avance", "merci beaucoup", "merci par avance", "gracias",
    "muchas gracias", "gracias de antemano", "grazie", "grazie mille", "grazie in anticipo", "obrigado", "obrigada",
    "muito obrigado", "muito obrigada", "desde já agradeço", "alvast bedankt", "bedankt", "dank u", "hartelijk dank",
    "tak", "mange tak", "på forhånd tak", "tack", "tack på förhand", "takk", "på forhånd takk", "kiitos",
    "kiitos etukäteen", "dziękuję", "z góry dziękuję", "děkuji", "děkuji předem", "ďakujem", "спасибо",
    "заранее спасибо", "дякую", "благодаря", "teşekkürler", "teşekkür ederim", "köszönöm", "előre is köszönöm",
    "mulțumesc", "mulţumesc", "ευχαριστώ", "ευχαριστώ πολύ", "hvala", "谢谢", "謝謝", "ありがとうございます",
    "감사합니다",
))  # fmt: skip
"""What closes a mail only beside a greeting."""
AND = (" und ", " and ", " & ", " et ", " y ", " e ", " en ", " og ", " och ", " i ", " a ", " и ", " ve ", ", ")
FROM = (" aus ", " from ", " de ", " uit ", " fra ", " från ", " z ", " из ", " da ")
"""What may join a place to a greeting."""
MOBILE = folded(
    "mobil gesendet", "von unterwegs gesendet", "sent from my ", "sent from mail", "sent from outlook",
    "sent from yahoo", "sent from windows", "sent from [", "sent from samsung", "sent from proton", "sent via ",
    "sent with ", "sent on the go", "<<sent by ", "(sent from ", "get outlook for ", "get [outlook for ",
    "envoyé de mon ", "envoyé depuis ", "envoyé à partir de ", "télécharger outlook", "gesendet von ",
    "gesendet mit ", "diese nachricht wurde von mein", "holen sie sich outlook", "enviado desde ", "enviado do ",
    "enviado de mi ", "enviado a partir ", "obtener outlook", "inviato da ", "verzonden met ", "verstuurd vanaf ",
    "verzonden vanaf ", "sendt fra ", "skickat från ", "lähetetty ", "wysłane z ", "wysłano z ", "odesláno z ",
    "odoslané z ", "отправлено с ", "отправлено из ", "надіслано з ", "trimis de pe ", "发自我的",
)  # fmt: skip
DEVICES = folded(
    "iphon", "ipad", "android", "systému ios", "galaxy", "samsung", "huawei", "华为", "xiaomi", "小米", "oppo",
    "outlook", "windows", "proton mail", "yahoo", "k-9", "gmail", "gmx", "web.de", "t-online", "libero", "orange",
    "mail.ru", "почты", "pixel", "smartphone", "mobiltelefon", "handy", "mobile", "móvil", "cellulare", "celular",
    "blackberry", "thunderbird", "手机", "手機", "携帯", "スマホ", "휴대폰",
)  # fmt: skip
"""What an appended line is sent from. Such a line begins with a word that says so, or ends with one."""
SENT_STARTS = folded(
    "sent from", "sent via", "sent with", "sent using", "sent on", "sent by", "von meinem", "von meiner", "von yahoo",
    "gesendet", "mobil gesendet", "diese nachricht wurde von", "diese e-mail wurde von", "envoyé", "enviado",
    "enviada", "inviato", "inviata", "verzonden", "verstuurd", "sendt", "skickat", "skickad", "skickades",
    "lähetetty", "wysłan", "odeslán", "odoslan", "отправлен", "послано", "надіслано", "відправлено", "изпратено",
    "küldve", "elküldve", "trimis", "στάλθηκε", "εστάλη", "αποστολή", "απεσταλμένο", "poslano", "poslato", "gửi từ",
    "dikirim", "enviat", "ส่งจาก", "saadetud", "nosūtīts", "išsiųsta", "נשלח", "أُرسل", "أرسل", "发自", "發自",
    "来自我", "來自我", "发送自",
)  # fmt: skip
SENT_ENDS = {
    "gesendet": ("von mein", "von yahoo", "von der", "von ", "diese ", "mobil"), "gönderildi": ("",), "küldve": ("",),
    "から送信": ("",), "보냄": ("",), "发送": ("从我", "用我"), "傳送": ("從我", "用我"), "传送": ("从我", "用我"),
    "寄出": ("從我", "从我"),
}  # fmt: skip
"""How it ends, and how it begins then."""
TOLD = frozenset(
    {
        "nicht",
        "nichts",
        "nie",
        "kein",
        "keine",
        "wird",
        "werden",
        "wurde",
        "not",
        "cannot",
        "no",
        "ne",
        "pas",
        "не",
        "değil",
        "nem",
    }
)
"""With such a word it is a sentence of somebody who tells of his trouble with the device."""
OFFERS = folded(
    "get ", "holen sie sich ", "laden sie ", "télécharge", "obten", "obtén", "consig", "descarg", "ottieni",
    "scarica", "obter ", "baixar ", "baixe ", "download ", "hent ", "få ", "skaff", "hämta ", "hanki ", "hae ",
    "pobierz ", "uzyskaj ", "získ", "stáhn", "скача", "получ", "загруз", "отрима", "завантаж", "descărcați ",
    "obțineți ", "λήψη ", "αποκτήστε ", "获取", "取得", "下载", "下載",
)  # fmt: skip
"""How the line begins that offers Outlook to the reader, and how it ends in other languages."""
OFFER_ENDS = folded(
    "herunterladen", "downloaden", "edinin", "beszerzése", "letöltése", "を入手", "を入手する", "다운로드",
    "다운로드하기",
)  # fmt: skip
PLATFORMS = folded("ios", "android", "mac", "outlook", "mobile")
DISCLAIMERS = folded(
    "this email", "this e-mail", "this message", "this communication", "this transmission",
    "the information contained", "the information in this", "the contents of this", "the content of this",
    "confidentiality", "disclaimer", "notice:", "important notice", "important:", "please consider the environment",
    "before printing", "think before you print", "diese e-mail", "diese email", "diese nachricht", "diese mail",
    "der inhalt dieser", "die information", "hinweis:", "wichtiger hinweis", "vertraulichkeit",
    "bitte denken sie an die umwelt", "bitte prüfen sie, ob", "ce message", "ce courriel", "cet e-mail", "cet email",
    "les informations contenues", "l'information contenue", "avis de conf", "pensez à l'environnement",
    "avant d'imprimer", "este mensaje", "este correo", "la información contenida", "la información incluida",
    "aviso legal", "aviso de", "antes de imprimir", "questo messaggio", "questa e-mail", "questa mail",
    "le informazioni contenute", "il contenuto di", "ai sensi del", "avvertenza", "esta mensagem", "este e-mail",
    "este email", "as informações contidas", "a informação contida", "dit bericht", "dit e-mailbericht",
    "deze e-mail", "de informatie in", "de inhoud van", "denne e-mail", "denne mail", "denne meddelelse",
    "indholdet af", "detta meddelande", "detta e-post", "detta mejl", "denne e-posten", "denne meldingen",
    "tämä viesti", "tämä sähköposti", "niniejsza wiadomość", "ta wiadomość", "treść tej", "informacje zawarte",
    "tento e-mail", "tento email", "tato zpráva", "obsah tohoto", "táto správa", "настоящее сообщение",
    "данное сообщение", "это сообщение", "это письмо", "данное письмо", "цей лист", "це повідомлення", "bu e-posta",
    "bu mesaj", "bu ileti", "ez az üzenet", "ez az e-mail", "acest mesaj", "acest e-mail", "αυτό το μήνυμα",
    "το παρόν", "このメール", "本メール", "本邮件", "此邮件", "本電子郵件", "이 메일", "본 메일", "이 전자우편",
)  # fmt: skip
"""How such a paragraph begins. So do others, for which one of the next has to stand in it, too."""
SECRETS = folded(
    "confiden", "privileg", "intended recipient", "intended solely", "intended only", "intended for", "environment",
    "vertraulich", "umwelt", "environnement", "imprimer",
    "imprimir", "medio ambiente", "riservat", "sigilos", "meio ambiente", "vertrouwelijk",
      "fortrolig", "konfidenti", "luottamuksell", "poufn", "důvěrn", "dôvern",
    "конфиденц",   "конфіденц", "gizli", "bizalmas", "confidențial", "εμπιστευτ", "機密", "保密",
    "机密", "기밀", "비밀",
)  # fmt: skip
ADDRESSED = folded(
    "destinatair", "destinatari", "bestemd voor", "adresat", "adresát", "адресат", "宛先", "nicht der richtige",
    "ausschließlich für",
)  # fmt: skip
"""Of these people who get no mail write, too: they count in a paragraph of some length."""
