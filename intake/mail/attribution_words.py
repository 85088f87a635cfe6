"""The words with which mail programs introduce what they quote, by language; compared without regard to case.

Only tables: how a line is recognised by them stands in `attributions`.
"""

from intake.mail.folding import fold, folded

MARKERS = folded(
    "reply above this line", "please reply above this line", "type your reply above this line",
    "bitte antworten sie oberhalb dieser zeile", "répondez au-dessus de cette ligne",
    "responda por encima de esta línea", "responda sobre esta línea", "rispondere sopra questa riga",
    "responda acima desta linha", "antwoord boven deze regel",
)  # fmt: skip
ORIGINAL = frozenset(folded(
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
    "original mail", "ursprüngliche mail", "ursprüngliche e-mail", "originalmail", "mail original", "mail originale",
    "messaggio originario", "correo original", "mensagem de origem", "originele bericht", "originele e-mail",
    "original besked", "oprindelig besked", "original melding", "ursprungliga meddelandet", "alkuperäinen sähköposti",
    "wiadomość pierwotna", "исходное письмо", "оригинальное письмо", "оригінальне повідомлення",
    "початкове повідомлення", "özgün İleti", "orijinal ileti", "izvorna poruka", "originalna poruka",
    "izvirno sporočilo", "prvotno sporočilo", "първоначално съобщение", "оригинално съобщение", "הודעה מקורית",
    "الرسالة الأصلية", "thư gốc", "pesan asli", "missatge original", "algne kiri", "algne sõnum",
    "sākotnējais ziņojums", "originalus laiškas", "pradinis pranešimas", "原邮件", "原始信件", "原始訊息",
    "オリジナルメッセージ", "原本のメッセージ", "원본 메일", "원본메일", "전달된 메시지",
))  # fmt: skip
LABELS: dict[str, str] = {
    fold(label.replace("_", " ")): kind
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
        ("from", "от_кого отправитель gönderen 발신 발신자 보낸이 saatja nuo dari pošiljateľ nadawca_wiadomości"),
        ("date", "enviados päiväys gönderildi gönderilme_zamanı gönderme_zamanı 날짜 보낸날짜 日付 送信日 saadetud"),
        ("date", "nosūtīts dikirim изпратено poslato enviat odeslaný nadano data_invio sendt_den skickat_den"),
        ("to", "받는사람 받는이 수신 수신자 adressaat kam kepada đến до per_a получатель primatelj примa alıcı"),
        ("subject", "temats subjek assumpte zadeva относно predmet_poruke"),
        ("reply-to", "reply-to antwort_an répondre_à responder_a rispondi_a beantwoorden"),
        ("other", "importance priority wichtigkeit attachments anlagen pièces_jointes priorité"),
    )
    for label in labels.split()
}

VERBS = folded(
    "wrote", "writes", "schrieb", "schrieben", "a écrit", "écrit", "escribió", "ha scritto", "scrisse", "escreveu",
    "schreef", "geschreven", "skrev", "napisał(a)", "napisał", "napisała", "pisze", "napsal(a)", "napsal", "napísal",
    "написал(а)", "написал", "написала", "пишет", "пише", "написав", "写道", "寫道", "写到", "のメール", "書きました",
    "님이 작성", "yazdı", "şunları yazdı", "kirjoitti", "írta", "a scris", "έγραψε", "đã viết", "menulis", "כתב",
    "كتب", "va escriure", "написа", "написао/ла", "napisao je", "napisala", "napísal(a)", "napisal/a", "rašė",
    "rakstīja", "เขียนว่า", "napisal", "napisali", "šunu yazdı", "je napisao/la", "napisao/la", "је написао/ла",
    "писал", "писала", "писал(а)", "이(가) 쓴 글", "님이 쓴 글", "のメッセージ", "さんが書きました", "skrifaði",
    "sgrifennodd",
)  # fmt: skip
ENGLISH = ("wrote", "writes")
NAMED = (">", "> 작성")
"""How an attribution without such a verb ends: an address, and in Korean what nobody would say alone."""
# where the verb stands in the middle and a name or a time ends the line
INNER = folded(
    " schrieb ", " skrev ", " schreef ", " heeft ", " kirjoitti ", " пользователь ", " user ", " napsal ", " от ",
    " ezt írta ", "napisana przez ", " kirjutas ", " lietotājs ", " від ", "вы писали ", " del dia ", " писал(а) ",
)  # fmt: skip
DAYS = folded(
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so", "lun", "mar", "mer",
    "jeu", "ven", "sam", "dim", "ma", "wo", "vr", "za", "zo", "man", "tir", "tirs", "ons", "tor", "tors", "fre",
    "lør", "lör", "søn", "sön", "пн", "вт", "ср", "чт", "пт", "сб", "вс", "dom", "seg", "ter", "qua", "qui", "sex",
    "sáb", "mié", "pon", "ut", "st", "št", "pi", "ne", "po", "uto", "sri", "čet", "pet", "sub", "ned", "wt", "śr",
    "czw", "pt", "sob", "niedz", "pn", "otrd", "út", "čt", "pá",
)  # fmt: skip
STARTS = folded(
    "on ", "at ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "dnia ", "w dniu ", "dne ", "på ", "pe ", "vào ",
    "в ", "во ", "στις ", "pada ", "no dia ", "il giorno ", "ב-", "في ", "在", "於", "于", "---- on ", "în ",
    "el día ", "на ", "v v ", "kuupäev ", "ในวันที่", "у ", "en ", "вы писали ", "בתאריך ",
    *(day + end for day in DAYS for end in (" ", ".", ",")),
)  # fmt: skip
NAMING = ("wiadomość napisana przez ", "missatge de ")
"""What the name follows at once, and the date perhaps on the next line."""
# what writes, other than a person
THINGS = folded(
    "server", "system", "log", "application", "device", "camera", "it", "service", "daemon", "process", "database",
    "serveur", "système", "journal", "programme", "servidor", "sistema", "programa", "programma", "anwendung",
    "programm", "dienst", "gerät", "serwer", "serveren", "servern", "palvelin", "сервер", "система", "программа",
    "sunucu",
)  # fmt: skip
