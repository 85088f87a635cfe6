"""What a customer's mail program does: sends a mail by SMTP, and finds the answer to it by IMAP."""

import email
import email.policy
import smtplib
from email.message import EmailMessage

from imapclient import IMAPClient

from intake.demo.host import HOST, MailHost

SECONDS = 10


def send(host: MailHost, sender: str, recipient: str, mail: bytes) -> str:
    """Returns the SHA-256 that the host names for what now lies in the recipient's box."""
    # Without a name of its own, smtplib asks the resolver for one.
    with smtplib.SMTP(HOST, host.smtp_port, local_hostname="client.demo.example", timeout=SECONDS) as wire:
        wire.ehlo()
        for code, said in (wire.mail(sender), wire.rcpt(recipient), wire.data(mail)):
            if code != 250:
                raise smtplib.SMTPResponseException(code, said)
    return said.decode("ascii").rpartition(" ")[2]


def answer(host: MailHost, address: str, message_id: str) -> EmailMessage | None:
    """The letter in this address's box that answers the mail of that Message-ID; None while there is none."""
    with IMAPClient(HOST, host.imap_port, ssl=False, timeout=SECONDS) as client:
        client.login(address, host.password)
        client.select_folder("INBOX", readonly=True)
        found = client.search(["HEADER", "In-Reply-To", message_id])
        if not found:
            return None
        raw = client.fetch(found[:1], ["BODY.PEEK[]"])[found[0]][b"BODY[]"]
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter
