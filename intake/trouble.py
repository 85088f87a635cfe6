"""What a failed connection means, in one line that names the remedy; shared by the IMAP and the SMTP side.

`Misconfigured` is the kind of try-later that will not pass by itself: state is kept and tried again all the same, but
`check --connect` and `status` show it as a person's to mend.
"""

import socket
import ssl

from rules.facts import TryLater

LONGEST = 300


class Misconfigured(TryLater):
    """A wrong password, an unknown folder, a certificate nobody trusts: kept and retried, yet somebody must act."""


def one_line(words: object) -> str:
    """A server's words made harmless for a log line: printable, one line, not long."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    plain = text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:LONGEST]


def connect_trouble(error: BaseException, place: str, table: str) -> TryLater:
    """`place` is protocol, host and port; `table` is where the settings stand, such as "[mailbox.imap]"."""
    match error:
        case ssl.SSLCertVerificationError():
            return _certificate(error, place, table)
        case ssl.SSLError():
            remedy = f"check port and security in {table} (tls and starttls have different ports)"
            return TryLater(f"{place}: TLS failed ({one_line(error.reason or error)}); {remedy}")
        case socket.gaierror():
            return TryLater(f"{place}: the name is not found ({error.strerror}); check host in {table}, and DNS")
        case ConnectionRefusedError():
            return TryLater(f"{place}: refused; check host and port in {table}, and that the server runs")
        case TimeoutError():
            return TryLater(f"{place}: no answer in time; check host and port in {table}, firewall and server")
    what = one_line(getattr(error, "strerror", None) or error) or type(error).__name__
    return TryLater(f"{place}: no connection ({what}); check the network, and host and port in {table}")


def _certificate(error: ssl.SSLCertVerificationError, place: str, table: str) -> Misconfigured:
    why = one_line(error.verify_message)
    # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
    if error.verify_code in (62, 64):
        return Misconfigured(f"{place}: the certificate is for another name ({why}); set host in {table} to its name")
    remedy = f"have it renewed, or name its authority as ca_file in {table}"
    return Misconfigured(f"{place}: the certificate is not trusted ({why}); {remedy}")
