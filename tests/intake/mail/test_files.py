"""The files that an answer takes along, and the wrappings that stay behind."""

from email.message import EmailMessage

from intake.mail.files import files_of
from tests.intake.mail import winmail


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"] = "sam@example.com", "files"
    made.set_content("See the files.")
    return made


def test_files_come_out_as_they_went_in() -> None:
    made = message()
    made.add_alternative("<p>See the files.</p>", subtype="html")
    made.add_attachment(b"\x00" * 70_000, "application", "zip", filename="../../etc/logs.zip")
    made.add_attachment("größer\n", subtype="csv", charset="iso-8859-1", filename="Zahlen.csv")
    zipped, table = files_of(made.as_bytes())
    assert (zipped.name, zipped.type, zipped.content) == ("logs.zip", "application/zip", b"\x00" * 70_000)
    assert (table.name, table.type, table.charset) == ("Zahlen.csv", "text/csv", "iso-8859-1")
    assert table.content.decode("latin-1").split() == ["größer"]


def test_a_pasted_picture_is_a_file() -> None:
    made = message()
    made.add_alternative('<p><img src="cid:1"></p>', subtype="html")
    html = list(made.iter_parts())[1]
    assert isinstance(html, EmailMessage)
    html.add_related(b"png", "image", "png", cid="<1>")
    (picture,) = files_of(made.as_bytes())
    assert (picture.type, picture.content) == ("image/png", b"png")


def test_what_carries_the_mail_itself_stays_behind() -> None:
    made = message()
    made.add_attachment(b"0", "application", "pkcs7-signature", filename="smime.p7s")
    made.add_attachment(b"0", "application", "pgp-signature", filename="signature.asc")
    packed = winmail.winmail(*winmail.attached("plan.txt", b"the plan"))
    made.add_attachment(packed, "application", "ms-tnef", filename="winmail.dat")
    assert [(one.name, one.content) for one in files_of(made.as_bytes())] == [("plan.txt", b"the plan")]
