"""Look for bytes that understanding breaks on, guided by coverage: `python -m tests.fuzz.understanding [SECONDS]`.

atheris feeds whatever reaches a line not seen before, beginning with the sample mails. Any bytes have to give a `Mail`
or a named refusal within `SLOWEST` seconds, the same one twice, and nothing in it that a database or an encoder
refuses. A finding is written to `tests/fuzz/findings/` and ends the run; what was learned stays in
`tests/fuzz/learned/` for the next one. Both folders are of this machine alone.
"""

import dataclasses
import sys
import time
from pathlib import Path

import atheris  # type: ignore[import-untyped, unused-ignore]

with atheris.instrument_imports(include=["intake.mail"]):
    from intake.mail.parse import parse

from rules.facts import Mail, Unreadable

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "mails"
SLOWEST = 2
"""Seconds of processor time for one mail; that the machine is busy with other things is no finding."""
STUCK = 60
"""Seconds after which one mail has hung."""
LONGEST = 16 * 1024
"""Octets of one mail: what breaks a reader fits in few; what bloats it is for the tests of hostile mail."""


def understand(raw: bytes) -> None:
    """Raises what a finding is: anything but `Unreadable`."""
    began = time.process_time()
    mail = _read(raw)
    assert time.process_time() - began < SLOWEST, "too slow"
    assert mail == _read(raw), "the second reading differs from the first"
    if not isinstance(mail, Mail):
        assert mail.strip(), "a refusal without its reason"
        return
    for text in _texts(mail):
        assert "\0" not in text, "NUL"
        text.encode("utf-8")
    in_one_line = [mail.subject, *mail.defects, *(each.name + each.type for each in mail.attachments)]
    in_one_line += [each.name + each.address for each in (*mail.addressees, *filter(None, [mail.sender]))]
    assert not set("".join(in_one_line)) & set("\r\n\x1b"), "a line break in what stands in one line"
    assert not mail.text.strip() or mail.new_text.strip(), "nothing is new in a mail that says something"


def _read(raw: bytes) -> Mail | str:
    try:
        return parse(raw, authserv_id="mx.example")
    except Unreadable as refusal:
        return str(refusal)


def _texts(value: object) -> list[str]:
    """Every text within a frozen value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for each in value for text in _texts(each)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [text for field in dataclasses.fields(value) for text in _texts(getattr(value, field.name))]
    return []


def main(seconds: int) -> None:
    findings, learned = HERE / "findings", HERE / "learned"
    for folder in (findings, learned):
        folder.mkdir(exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-timeout={STUCK}", f"-max_len={LONGEST}", "-rss_limit_mb=600"]
    limits += ["-len_control=0"]
    arguments = [f"-dict={HERE / 'mail.dict'}", f"-artifact_prefix={findings}/", *limits, str(learned), str(SAMPLES)]
    atheris.Setup([sys.argv[0], *arguments], understand)
    atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
