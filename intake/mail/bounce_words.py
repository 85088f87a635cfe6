"""The words by which hosts without RFC 3464 say that a letter did not arrive; lower case, in several languages."""

import re

# names of programs
DAEMONS = frozenset({
    "mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "mail.delivery.system", "mailer_daemon",
    "mail-delivery-system", "mdaemon", "daemon", "mailsystem",
})  # fmt: skip
# names that people have, too: the postmaster is one
OFFICES = frozenset({"postmaster", "root", "bounce", "bounces", "mail", "administrator"})
# words in the name of an address of a program, or of a person who looks after it
ROLES = frozenset({
    "smtp", "mailer", "daemon", "ndr", "imss", "antivirus", "gateway", "gateways", "mailgate", "mta", "relay", "imail",
    "mailserver", "mailsystem", "mailservice", "system", "admin", "administrator", "postmaster", "mailadmin", "bounce",
    "bounces", "notification", "notifications", "delivery", "root",
})  # fmt: skip
SENDER_STARTS = ("mailer-daemon", "mailerdaemon", "microsoftexchange", "mail-daemon")
NAMES = frozenset({
    "mail delivery subsystem", "mail delivery system", "mail deliver system", "mailer-daemon", "system administrator",
    "mail system", "mailer daemon", "mail-daemon", "delivery subsystem", "internet mail delivery", "e-mail system",
})  # fmt: skip
SUBJECTS = (
    "undelivered mail", "undeliverable", "undelivered", "mail delivery failed", "mail delivery failure",
    "failure notice", "delivery status notification", "returned mail", "returned to sender", "delivery failure",
    "delivery failed", "mail failure", "mail system error", "failed delivery", "delivery has failed",
    "delivery notification", "non-delivery", "nondeliverable", "could not be delivered", "error sending your mail",
    "permanent delivery failure", "delivery report", "message status - undeliverable", "unzustellbar",
    "nicht zustellbar", "non remis", "échec de la remise", "no se puede entregar", "impossibile recapitare",
    "não é possível entregar", "onbestelbaar", "kan inte levereras", "nie można dostarczyć",
    "недоставленное сообщение", "не доставлено", "ваше сообщение не доставлено", "配信不能", "配信できません", "未送达",
    "mail could not be delivered", "warning: message", "delayed mail", "delayed (", "email delivery failure",
    "loop alert", "non remis", "delivery warning", "user unknown", "automatically rejected mail", "failed mail",
    "delivery problem", "delivery delayed", "delivery error", "could not send m", "cannot send m", "unable to deliver",
    "zustellung fehlgeschlagen", "zustellungsfehler", "remise impossible", "échec de remise", "entrega fallida",
    "consegna non riuscita", "bezorging mislukt", "notificación de estado de entrega", "recapito non riuscito",
    "falha na entrega", "falha de entrega", "leveransfel", "notifica sullo stato", "avis de non-remise",
    "non distribué", "notification d'état de remise", "mancato recapito", "no entregado", "não entregue",
    "kon niet worden bezorgd", "niet bezorgd", "konnte nicht zugestellt werden", "niedoręczon", "niedostarczon",
    "nedoručen", "nedoručiteľn", "kunde inte levereras", "kunne ikke leveres", "ei voitu toimittaa", "teslim edilemedi",
    "kézbesíthet", "nu a putut fi livrat", "αδυναμία παράδοσης", "退信", "无法送达", "無法傳遞", "送信できませんでした",
    "메일전송실패", "전송 실패", "배달되지 않", "message you sent blocked",
)  # fmt: skip
REPLIES = ("re:", "aw:", "fw:", "fwd:", "wg:", "sv:", "tr:", "rv:", "antw:", "odp:", "вн:")
# sentences of one program each, which no person begins a mail with
SURE = (
    "this is the qmail-send program", "a message that you sent could not be delivered",
    "i'm afraid i wasn't able to deliver", "this message was created automatically by mail delivery software",
    "this is the mail system at host", "your message did not reach some or all of the intended recipients",
    "delivery to the following recipient failed permanently", "delivery to the following recipients failed",
    "the following addresses had permanent fatal errors", "the following addresses had delivery problems",
    "----- transcript of session follows -----", "could not be delivered to one or more",
    "unable to deliver message to the following address", "delivery has failed to these recipients",
    "this is an automatically generated delivery status notification", "hi! this is the maildroid program",
    "this is the dragonfly mail agent", "this is an informative message sent by mailserver",
    "each of the following recipients was rejected", "это письмо создано автоматически",
    "sorry, we were unable to deliver your message", "could not be delivered to the following",
    "could not deliver message to the following", "the email below could not be delivered", "non-delivery report",
    "failed recipients ---", "was automatically rejected:", "unable to deliver message to <",
    "delivery of email to this address", "did not reach the following recipient",
)  # fmt: skip
# what bounces say, and people too
SAID = (
    "transcript of session follows", "the original message was received at", "could not be delivered to",
    "message could not be delivered", "user unknown", "unknown user", "your message was not delivered",
    "it was not possible to deliver", "mail delivery to the following", "delivery failed", "is not able to deliver",
    "was undeliverable", "is undeliverable", "permanent error", "permanently rejected", "failed to deliver to",
    "has not been delivered", "host unknown", "returned mail", "recipient address rejected", "не может быть доставлено",
    "konnte nicht zugestellt werden", "could not be sent", "the user(s) account is", "届けることができ",
    "配信できません", "mail loop", "we were unable to", "could not deliver", "undeliverable", "i wasn't able to",
    "n'a pas pu être remis", "la remise de votre message", "no se ha podido entregar", "no se pudo entregar",
    "não pôde ser entregue", "impossibile consegnare", "kon niet worden bezorgd", "nie została dostarczona",
    "nepodařilo doručit", "kunde inte levereras", "kunne ikke leveres", "ei voitu toimittaa", "teslim edilemedi",
    "nem kézbesíthető", "nu a putut fi livrat", "wurde nicht zugestellt", "adresse nicht gefunden", "address not found",
    "temporary problem delivering", "unable to be delivered", "was blocked by our spam firewall", "退信原因",
    "邮件被退回", "無法傳遞", "전송에 실패", "送信できませんでした", "お届けできません",
)  # fmt: skip
LIKELY = (
    "no such user", "user unknown", "smtp error", "rcpt to", "mailbox", "recipient", "550", "554", "delivery",
    "deliver", "zugestellt", "zustellung", "empfänger", "la remise", "destinataire", "entregar", "entrega",
    "destinatari", "recapita", "bezorg", "geadresseerde", "mottagar", "modtager", "vastaanottaj", "dostarcz",
    "доставлен", "получател", "受信者", "收件人",
)  # fmt: skip
DELAYED = (
    "will be retried", "delivery has been delayed", "has been delayed", "will keep trying", "will continue to try",
    "still be retried", "not yet been delivered", "warning message only", "you do not need to resend",
    "no action is required on your part", "has not yet been", "temporarily deferred", "will try again",
    "wird weiterhin versucht", "has been postponed", "continue to try", "will be attempted", "for past",
    "temporary problem", "will retry", "delivery incomplete", "weiter versuch", "warnung:",
    "remise retardée", "se retrasó la entrega", "delivery attempts will continue",
)  # fmt: skip
RETURNED = frozenset({
    "below this line is a copy of the message", "this is a copy of the message, including all the headers",
    "this is a copy of your message, including all the headers", "original message follows", "original message",
    "original message headers", "original message details", "original headers",
    "the original message is included as attachment",
    "returned message", "returned message follows", "unsent message follows", "unsent message below",
    "message header follows", "message headers follow", "original message header", "undelivered message",
    "this is a copy of the headers of the original message", "received message follows", "original text follows",
    "the header of the original message is following", "message text follows",
    "a copy of the original message below this line", "end of message", "message contents",
    "the following is the original message",
})  # fmt: skip
RETURNED_STARTS = (
    "this is a copy of", "below this line is a copy", "the body of the message is", "original message follows",
    "unsent message", "message headers follow", "the first", "the header of the original message",
    "a copy of the original message", "copy of your message", "original message headers",
    "this is the original message", "returned mail", "undelivered message follows", "the text of the message",
)  # fmt: skip
RECIPIENT_LABELS = (
    "recipient", "to:", "rcpt to", "user", "addressee", "empfänger", "for <", "delivery to", "mail to",
    "could not be delivered to", "account", "宛先", "получател", "address", "deliver to",
)  # fmt: skip

HEADING = re.compile(
    r"following (?:recipient|address|user|e-?mail)|failed recipient|failed address"
    r"|folgende[nr]? (?:empfänger|adress)|destinataires? suivants?"
    r"|siguientes? destinatari|seguenti destinatari|seguintes? destinatári",
    re.IGNORECASE,
)
"""What stands above the list of those who did not get it."""

DELAYED_SUBJECTS = (
    "(delay)", "delayed", "warning: message", "warning: could not", "verzögert", "verzögerung", "retardé", "retrasad",
    "ritardat", "atrasad",
)  # fmt: skip
