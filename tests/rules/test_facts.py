"""The little that facts work out themselves."""

import pickle
from dataclasses import fields

import pytest

from rules.facts import (
    Address,
    Attachment,
    FailedRecipient,
    Found,
    Heard,
    LanguageReading,
    MachineSigns,
    Mail,
    Reading,
    Tongue,
    address_key,
    mailbox_key,
)
from tests.rules.samples import mail


def test_addressees_are_all_a_mail_went_to_and_addresses_compare_without_case() -> None:
    written = mail(to=(Address("a@x.example"),), cc=(Address("B@x.example"),))
    assert [address.key for address in written.addressees] == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize(
    "spelling",
    [
        "Joe@BÜCHER.example",
        "joe@xn--bcher-kva.example",
        "joe@XN--BCHER-KVA.Example",
        "joe@bücher。example",
        "joe@bü\u00adcher.example",
        "joe@ｂücher.example",
        "joe@bu\u0308cher.example",
    ],
)
def test_every_spelling_of_a_domain_is_one_address(spelling: str) -> None:
    assert address_key(spelling) == "joe@xn--bcher-kva.example"


def test_two_people_are_not_one_because_their_names_fold_alike() -> None:
    """A letter beyond ASCII must not reach the ticket of somebody whose address has the plain one."""
    for other in ("straße@x.example", "ſtrasse@x.example"):
        assert address_key(other) != "strasse@x.example"
    assert address_key("\u212aim@x.example") != "kim@x.example"
    assert address_key("JÜRGEN@x.example") == address_key("jürgen@x.example")


@pytest.mark.parametrize("address", ["", "root", "röt", "a@", "a@ü..example", f"a@{'ü' * 80}.example", "@ü"])
def test_what_is_no_address_has_a_key_too(address: str) -> None:
    assert isinstance(address_key(address), str)


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Joe+7@x.example", "joe@x.example"),
        ('"joe"@x.example', "joe@x.example"),
        ('"joe+a"@x.example', "joe@x.example"),
        ("+joe@x.example", "+joe@x.example"),
        ("joe@x.example", "joe@x.example"),
    ],
)
def test_tags_and_quotes_are_no_other_mailbox(address: str, mailbox: str) -> None:
    assert mailbox_key(address) == mailbox


def test_what_a_worker_sends_arrives_as_it_was() -> None:
    whole = mail(
        cc=(Address("b@x.example", "B"),),
        attachments=(Attachment("a.png", "image/png", 7, ""),),
        failed_recipients=(FailedRecipient("c@x.example", "5.1.1", final=False),),
        machine=MachineSigns(bulk=("list-id",)),
    )
    tongue = LanguageReading(Tongue.ACCEPTED, "en", 0.97, 100)
    reading = Reading(tongue, (Found("down", "body", 1, "effect", "stopped", Heard.ASKED),), 20)
    for sent in (whole, reading):
        came = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own
        assert came == sent
        assert type(came) is type(sent)
    kinds = (Mail, Address, Attachment, FailedRecipient, MachineSigns, LanguageReading)
    assert [kind.__slots__ for kind in kinds] == [tuple(field.name for field in fields(kind)) for kind in kinds]
