"""The little that facts work out themselves."""

from rules.facts import Address
from tests.rules.samples import mail


def test_addressees_are_all_a_mail_went_to_and_addresses_compare_without_case() -> None:
    written = mail(to=(Address("a@x.example"),), cc=(Address("B@x.example"),))
    assert [address.key for address in written.addressees] == ["a@x.example", "b@x.example"]
