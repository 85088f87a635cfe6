"""What counts in a budget, and in which window."""

from storage import letter_counts, outbox
from storage.database import Database
from storage.outbox import Delivery, LetterState
from tests.storage import samples
from tests.storage.samples import HOUR, MINUTE, NOW


def test_a_budget_counts_automatic_letters_of_its_window_to_that_address(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(1)], NOW - HOUR)  # the window's edge is not in it
        outbox.post(tx, [samples.letter(2)], NOW - HOUR + MINUTE)
        [sent] = outbox.claim(tx, "here", NOW, ["support"], 1)
        outbox.settle(tx, [Delivery(sent.letter_id, LetterState.SENT)], NOW)
        outbox.post(tx, [samples.letter(3)], NOW)
        outbox.post(tx, [samples.letter(4, kind="notice"), samples.letter(5, withheld="its budget is used up")], NOW)
        outbox.post(tx, [samples.letter(6, recipients=("bo@alder.example",))], NOW)
        assert letter_counts.automatic_to(tx, "ana@alder.example", NOW - HOUR) == 2
        assert letter_counts.automatic_to(tx, "ana@alder.example", NOW - 2 * HOUR) == 3
        assert letter_counts.automatic_to(tx, "carl@alder.example", NOW - HOUR) == 0


def test_the_letters_of_a_template_are_counted_over_everybody_they_went_to(database: Database) -> None:
    with database.transaction() as tx:
        people = [(f"x{number}@nowhere.example",) for number in range(5)]
        told = [
            samples.letter(
                number, template="declined_contact", recipients=person, withheld="no" if number == 3 else None
            )
            for number, person in enumerate(people)
        ]
        outbox.post(tx, told, NOW)
        outbox.post(tx, [samples.letter(9)], NOW)
        assert letter_counts.of_template(tx, "support", "declined_contact", NOW - HOUR) == 4
        assert letter_counts.of_template(tx, "support", "declined_contact", NOW) == 0
        assert letter_counts.of_template(tx, "sales", "declined_contact", NOW - HOUR) == 0


def test_the_last_letter_of_a_template_is_the_last_that_was_not_withheld(database: Database) -> None:
    with database.transaction() as tx:
        for number, age in enumerate((3, 2, 1)):
            withheld = "its budget is used up" if age == 1 else None
            stranger = samples.letter(number, template="declined_contact", withheld=withheld)
            outbox.post(tx, [stranger], NOW - age * HOUR)
        outbox.post(tx, [samples.letter(9)], NOW)
        last = letter_counts.last_to(tx, "ana@alder.example", "declined_contact", NOW - 4 * HOUR)
        assert last == NOW - 2 * HOUR
        assert letter_counts.last_to(tx, "ana@alder.example", "declined_contact", NOW - 2 * HOUR) is None
        assert letter_counts.last_to(tx, "bo@alder.example", "declined_contact", NOW - 4 * HOUR) is None


def test_all_automatic_letters_of_a_mailbox_are_counted_up_to_a_number(database: Database) -> None:
    with database.transaction() as tx:
        people = [(f"x{number}@nowhere.example",) for number in range(5)]
        outbox.post(tx, [samples.letter(number, recipients=person) for number, person in enumerate(people)], NOW)
        outbox.post(tx, [samples.letter(6, kind="digest"), samples.letter(7, withheld="it was muted")], NOW)
        assert letter_counts.automatic_from(tx, "support", NOW - HOUR, 100) == 5
        assert letter_counts.automatic_from(tx, "support", NOW - HOUR, 3) == 3
        assert letter_counts.automatic_from(tx, "sales", NOW - HOUR, 100) == 0
