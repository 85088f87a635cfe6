"""An invitation that comes without a text tells what it invites to."""

from hypothesis import given
from hypothesis import strategies as st

from intake.mail.invitation import told
from intake.mail.parse import parse

EVENT = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Brussels\r\nDTSTART:19700101T000000\r\n"
    "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:Review of the re\r\n lease\r\n"
    "DTSTART;TZID=Europe/Brussels:20260310T100000\r\nDTEND:20260310T100000Z\r\nLOCATION:Room 5\\, north\r\n"
    "DESCRIPTION:Please join\\nus all\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nSUMMARY:another\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
TOLD = (
    "Review of the release\n2026-03-10 10:00 Europe/Brussels – 2026-03-10 10:00 UTC\nRoom 5, north\n\n"
    "Please join\nus all"
)


def test_the_first_event_is_told() -> None:
    assert told(EVENT) == TOLD
    assert told("BEGIN:VEVENT\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20260310\nEND:VEVENT") == "Fair\n2026-03-10"
    assert told("BEGIN:VCALENDAR\nSUMMARY:none\nEND:VCALENDAR") == ""


def test_it_is_the_text_only_of_a_mail_that_has_no_other() -> None:
    kind = "Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n"
    alone = parse(f"From: a@b.cc\r\n{kind}{EVENT}".encode())
    assert (alone.text, [each.name for each in alone.attachments]) == (TOLD, ["part-1.ics"])
    assert alone.new_text == TOLD
    parts = f"--b\r\n\r\nSee you.\r\n--b\r\n{kind}{EVENT}--b--\r\n"
    both = parse(f"From: a@b.cc\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n{parts}".encode())
    assert (both.text, [each.name for each in both.attachments]) == ("See you.", ["part-1.ics"])


@given(st.text(max_size=200))
def test_any_text_is_told_or_not(noise: str) -> None:
    assert isinstance(told(f"BEGIN:VEVENT\n{noise}"), str)
