"""Address headers: every mailbox that a person could make out, and nothing that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.addresses import mailboxes


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"ana@alder.example", [("ana@alder.example", "")]),
        (b"Ana Ruiz <ana@alder.example>", [("ana@alder.example", "Ana Ruiz")]),
        (b'"Ruiz, Ana" <ana@alder.example>, b@c.dd', [("ana@alder.example", "Ruiz, Ana"), ("b@c.dd", "")]),
        (b"ana@alder.example (Ana Ruiz)", [("ana@alder.example", "Ana Ruiz")]),
        (b"=?utf-8?q?Ana_=28QA=29?= <ana@alder.example>", [("ana@alder.example", "Ana (QA)")]),
        (b'"=?utf-8?q?Zo=C3=A9?=" <z@b.cc>', [("z@b.cc", "Zoé")]),
        (b"J\xfcrgen <j@b.cc>", [("j@b.cc", "Jürgen")]),
        (b"Team: a@b.cc, d@e.ff; g@h.ii", [("a@b.cc", ""), ("d@e.ff", ""), ("g@h.ii", "")]),
        (b"undisclosed-recipients:;", []),
        (b"<@relay:ana@alder.example>", [("ana@alder.example", "")]),
        (b"Ana < ana@alder . example >", [("ana@alder.example", "Ana")]),
        (b'"a b"@c.dd', [('"a b"@c.dd', "")]),
        (b'"never closed <ana@alder.example>', [("ana@alder.example", "never closed")]),
        (b"ana@alder.example via List <list@b.cc>", [("list@b.cc", "ana@alder.example via List")]),
        (b"'ana@alder.example' <ana@alder.example>", [("ana@alder.example", "ana@alder.example")]),
        (b"Ruiz, Ana <ana@alder.example>, b@c.dd", [("ana@alder.example", "Ruiz, Ana"), ("b@c.dd", "")]),
        (b"Ana <<ana@alder.example>>", [("ana@alder.example", "Ana")]),
        (b"Ana <ana@alder.example <mailto:ana@alder.example>>", [("ana@alder.example", "Ana")]),
        (b"MAILTO:ana@alder.example.", [("ana@alder.example", "")]),
        (b'"Ana ana@alder.example', [("ana@alder.example", "")]),
        (b"A Ruiz <a@b.cc> C Field <c@d.ee>", [("a@b.cc", "A Ruiz"), ("c@d.ee", "C Field")]),
        (b"[ana@alder.example]", [("ana@alder.example", "")]),
        (b"Ana ana@alder.example <x", [("ana@alder.example", "Ana ana@alder.example")]),
        (b'"Ana" "Ruiz" <ana@alder.example>', [("ana@alder.example", "Ana Ruiz")]),
        (b"=?utf-8?q?Ana_=3Cana=40alder=2Eexample=3E?=", [("ana@alder.example", "Ana")]),
        (b"=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=40b=2Ecc=3F=3D?=", []),
        (b"Ana", []),
        (b"<>", []),
        (b"", []),
        (b"x\r\nBcc: victim@b.cc <ana@alder.example>", [("ana@alder.example", "x Bcc: victim@b.cc")]),
    ],
)
def test_mailboxes(value: bytes, found: list[tuple[str, str]]) -> None:
    result = [(each.address, each.name) for each in mailboxes(value.replace(b"\r\n", b"=?utf-8?q?=0D=0A?= "))]
    assert result == found


def test_a_name_without_a_domain_is_an_address_only_where_that_is_asked_for() -> None:
    assert mailboxes(b"Cron <root>") == ()
    assert [each.address for each in mailboxes(b"Cron <root>", local=True)] == ["root"]


@given(st.binary(max_size=300))
def test_no_bytes_break_an_address_header(value: bytes) -> None:
    for each in mailboxes(value):
        assert "@" in each.address
        assert not set(each.address + each.name) & set("\r\n\0")
        (each.address + each.name).encode("utf-8")
