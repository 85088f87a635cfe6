"""Transfer encodings: undone however broken, and counted as they would be decoded."""

from hypothesis import given
from hypothesis import strategies as st

from intake.mail.part import Part
from intake.mail.transfer import decoded_pieces, without_files

ENCODINGS = st.sampled_from(["base64", "quoted-printable", "uuencode", "7bit", "x-unknown"])


@given(st.binary(max_size=60) | st.from_regex(rb"[A-Za-z0-9+/]{0,30}={0,3}[\r\n -]{0,3}[A-Za-z=]{0,4}", fullmatch=True))
def test_what_is_counted_is_what_decoding_yields(content: bytes) -> None:
    part = Part("a/b", {}, "", "", "base64", memoryview(content), "")
    assert part.length() == sum(len(piece) for piece in part.octets())


@given(st.binary(max_size=200), ENCODINGS)
def test_any_octets_come_out_as_far_as_they_go(content: bytes, encoding: str) -> None:
    assert isinstance(b"".join(decoded_pieces(memoryview(content), encoding)), bytes)


@given(st.text(alphabet="begin 64ax#\\n`", max_size=120))
def test_a_text_loses_nothing_but_its_files(noise: str) -> None:
    text = f"{noise}\nbegin 644 a b.txt\n#86)C\n`\nend\n{noise}"
    kept, files = without_files(text)
    assert files[-1][0] == "a b.txt"
    assert len(kept) + sum(len(content) + 1 for _, content in files) >= len(text)
