"""A tree that is put together is the one that the email package would parse, and whatever is broken is left to it."""

import email
import random
from pathlib import Path

import pytest

from intake.mail.cut import Cut, cut
from intake.mail.multipart import put_together
from rules.facts import Unreadable
from tests.intake.mail.test_tree import BODIES, MAILS, content, header, mail, shape
from tests.rules.samples import SHARED

CORPUS = SHARED / "corpus"
EDGES = (b"\r\n", b"\n", b"", b" \r\n", b"\t\n", b"\r", b"--\r\n", b"x\r\n")
BOUNDARIES = (b'"x y"', b"x.y+", b"xx", b"")


def check(parted: Cut) -> bool:
    """Whether it was put together; then it must be the same."""
    made = put_together(parted)
    if made is None:
        return False
    parsed = email.message_from_bytes(parted.data)
    assert shape(made) == shape(parsed)
    assert [part.is_multipart() for part in made.walk()] == [part.is_multipart() for part in parsed.walk()]
    assert not any(part.defects for part in parsed.walk())
    assert [part.get_default_type() for part in made.walk()] == [part.get_default_type() for part in parsed.walk()]
    return True


def cut_of(raw: bytes) -> Cut | None:
    """None for what reaches no tree."""
    try:
        return cut(raw)
    except Unreadable:
        return None


def nested(rng: random.Random, depth: int = 0) -> bytes:
    """A multipart of one or more parts, now and then with something wrong about its delimiters."""
    boundary = rng.choice(BOUNDARIES) if rng.random() < 0.2 else b"abcd"[depth : depth + 1]
    line = b"--" + boundary.strip(b'"')
    subtype = rng.choice((b"mixed", b"alternative", b"related", b"mixed", b"digest"))
    said = rng.choice((b"Content-Type: ", b"content-type:")) + b"multipart/" + subtype
    pieces = [said + b"; boundary=" + boundary + b"\r\n"]
    pieces += [b"Content-Transfer-Encoding: base64\r\n"] * (rng.random() < 0.1)
    pieces.append(rng.choice((b"\r\n", b"\r\n", b"\r\npreamble\r\n", b"\n", b"")))
    for _ in range(rng.randrange(1, 4)):
        pieces += [line, rng.choice(EDGES) if rng.random() < 0.1 else b"\r\n"]
        if depth < 3 and rng.random() < 0.3:
            pieces.append(nested(rng, depth + 1))
        else:
            pieces += [content(rng), rng.choice((b"\r\n\r\n", b"\n\n", b"\r\n")), rng.choice(BODIES), b"\r\n"]
    pieces += [line + b"--" if rng.random() < 0.9 else b"", rng.choice(EDGES), rng.choice((b"", b"after\r\n"))]
    return b"".join(pieces)


def test_a_mail_that_is_one_text_is_put_together_as_the_parser_would() -> None:
    rng, made = random.Random(4), 0
    for _ in range(1_000):
        made += check(cut(mail(rng)))
    assert made > 200


def test_a_multipart_is_put_together_as_the_parser_would() -> None:
    rng, made = random.Random(6), 0
    for _ in range(3_000):
        made += check(cut(header(rng).partition(b"\r\nContent-")[0] + b"\r\n" + nested(rng)))
    assert made > 200


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_sample_is_put_together_as_the_parser_would(path: Path) -> None:
    check(cut(path.read_bytes()))


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the project")
def test_the_corpus_is_put_together_as_the_parser_would() -> None:
    mails = CORPUS.rglob("*.eml")
    made = sum(check(parted) for path in mails if (parted := cut_of(path.read_bytes())) is not None)
    assert made > 100
