"""Bounces of our letters, as the mail servers of recipients write them."""

from storage.outbox import Claimed


def bounce(
    letter: Claimed | None,
    status: str = "5.1.1",
    *,
    of: str = "",
    action: str = "failed",
    message_id: str = "",
    serial: int = 0,
    subject: str = "Undelivered Mail Returned to Sender",
    headers: str = "",
) -> bytes:
    """A report (RFC 3464) that brings back the headers of `letter`, or of what bears `message_id`."""
    recipient = of or (letter.recipients[0] if letter else "nobody@nowhere.example")
    returned = message_id or (letter.message_id if letter else "")
    return (
        f"Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: support@example.com\r\n"
        f"Subject: {subject}\r\nMessage-ID: <bounce.{serial}@mx.example>\r\nAuto-Submitted: auto-replied\r\n{headers}"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you that it could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{f'Message-ID: {returned}' if returned else 'X: y'}\r\n\r\n"
        "--b--\r\n"
    ).encode()
