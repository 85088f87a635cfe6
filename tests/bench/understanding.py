"""What understanding a mail costs: `python -m tests.bench.understanding [--mails 300] [--json]`.

The median time of a worker's reading of a 4 kB mail and of one with a 1 MB attachment, in one process and without its
pipe: the MIME, the charsets, the quotes, the bounce and machine signs. A benchmark, never a test: it prints, and
asserts nothing.
"""

import argparse
import base64
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence

from intake.mail.parse import parse

HEAD = (
    "Return-Path: <ana@alder.example>\r\n"
    "Received: from out.alder.example by mx.example.com; Tue, 10 Mar 2026 09:15:02 +0100\r\n"
    "Authentication-Results: mx.example.com; dmarc=pass header.from=alder.example\r\n"
    "From: =?utf-8?q?Ana_Ru=C3=ADz?= <ana@alder.example>\r\nTo: Support <support@example.com>\r\n"
    "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?= of the archive\r\nDate: Tue, 10 Mar 2026 09:15:00 +0100\r\n"
    "Message-ID: <b1@alder.example>\r\nIn-Reply-To: <b0@example.com>\r\nReferences: <b0@example.com>\r\n"
    "MIME-Version: 1.0\r\n"
)
PLAIN = "Content-Type: text/plain; charset=utf-8\r\n\r\n"
PARAGRAPH = (
    "Hello,\r\n\r\nsince {0} o'clock the search returns nothing for documents that were added after the upgrade,\r\n"
    "and the log says: index {0} is not writable. Which setting decides where the index is kept?\r\n\r\n"
)
HISTORY = "On Mon, 9 Mar 2026 at 10:01, Support <support@example.com> wrote:\r\n\r\n" + "> We look into it.\r\n" * 10


def small() -> bytes:
    """About 4 kB, a third of it headers and history."""
    return (HEAD + PLAIN + "".join(PARAGRAPH.format(hour) for hour in range(17)) + HISTORY).encode()


def large() -> bytes:
    """The same with an attachment of one mebibyte, in base64."""
    text = PLAIN + "".join(PARAGRAPH.format(hour) for hour in range(17)) + HISTORY
    octets = random.Random(1).randbytes(1024 * 1024)
    return (
        (
            f"{HEAD}Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\n{text}\r\n"
            "--part\r\nContent-Type: application/pdf; name=report.pdf\r\nContent-Transfer-Encoding: base64\r\n"
            "Content-Disposition: attachment; filename=report.pdf\r\n\r\n"
        ).encode()
        + base64.encodebytes(octets).replace(b"\n", b"\r\n")
        + b"--part--\r\n"
    )


def median(raw: bytes, count: int) -> float:
    """Milliseconds of processor time, so that what else the machine does counts little."""
    taken = []
    for _ in range(count):
        began = time.process_time()
        parse(raw, authserv_id="mx.example.com")
        taken.append(time.process_time() - began)
    return 1000 * statistics.median(taken)


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.understanding")
    parser.add_argument("--mails", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(given)
    found = {}
    for name, raw in {"a mail of 4 kB": small(), "one with a 1 MB attachment": large()}.items():
        median(raw, 5)
        found[f"understanding {name}, CPU ms"] = round(median(raw, options.mails), 2)
    print(json.dumps(found) if options.json else "\n".join(f"{what}: {one}" for what, one in found.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
