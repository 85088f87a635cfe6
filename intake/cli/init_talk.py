"""The conversation of `intake init`: what it asks, in which order, and what it proposes.

Each answer is proved as soon as it can be (servers answer, log-ins succeed, files can be read), so that what is written
in the end works. The mailbox and its servers are the business of `init_servers`. Nothing is written here.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from intake.cli.answer_values import existing_file, mailbox_key, needed, of_type, shown_path
from intake.cli.given import Given
from intake.cli.init_servers import ServerTalk
from intake.cli.output import Refused
from intake.cli.questions import Questions

if TYPE_CHECKING:
    from intake.first_answers import Answers
    from intake.server_search import Sources


class Conversation:
    def __init__(self, questions: Questions, given: Given, sources: "Sources", *, connect: bool) -> None:
        self._ask, self._given = questions, given
        self._servers = ServerTalk(questions, given, sources, connect=connect)

    @property
    def old(self) -> int:
        """Mails in the mailbox's folder that are older than a day."""
        return self._servers.old

    def hold(self, directory: Path) -> "Answers":
        """All answers. Raises Refused where a flag is wrong, or what must be known is not."""
        from intake.first_answers import Answers, database_for

        answers = Answers(self._address(), database=database_for(directory.absolute()))
        self._servers.hold(answers)
        self._mailbox(answers)
        self._policy(answers)
        self._staff(answers)
        self._directory(answers)
        if self._given.database is not None:
            answers.database = self._given.database
        return answers

    def _address(self) -> str:
        from intake.setting_values import OwnEmail

        return self._ask.ask(
            "Address that customers write to", "--address", of_type(OwnEmail), given=self._given.address
        )

    # --- what Intake is to do there ---

    def _mailbox(self, answers: "Answers") -> None:
        given, ask = self._given, self._ask
        label = answers.address.rpartition("@")[2].partition(".")[0]
        letters = "".join(letter for letter in label.upper() if letter.isascii() and letter.isalpha())
        ask.heading("What customers see")
        brand = f"{label.capitalize()} Support"
        answers.display_name = ask.ask(
            "Name beside the address",
            "--display-name",
            mailbox_key("display_name"),
            given=given.display_name,
            default=brand,
        )
        answers.prefix = ask.ask(
            f"Letters of ticket numbers, as in {letters[:2] or 'EX'}-1042",
            "--prefix",
            lambda answer: mailbox_key("ticket_prefix")(answer.upper()),
            given=given.prefix,
            default=letters[:2] or "EX",
        )
        if given.name is not None:
            answers.name = ask.ask("", "--name", mailbox_key("name"), given=given.name)

    def _policy(self, answers: "Answers") -> None:
        from intake.first_policies import described, read_queues

        given, ask = self._given, self._ask
        shipped = described()
        ask.heading("Support policies (copies lie in shipped/, to write your own from)")
        if ask.asking and given.policy is None:
            for number, (name, line) in enumerate(shipped.items(), start=1):
                for part in wrap(f"{number} {name:9} {line}", 78, initial_indent="  ", subsequent_indent=" " * 14):
                    ask.tell(part)
        own = given.policy is not None and ("/" in given.policy or given.policy.endswith(".toml"))
        if own:
            answers.policy = ask.ask("", "--policy", existing_file, given=given.policy)
        else:
            answers.policy = ask.choose("Policy", "--policy", list(shipped), given=given.policy, default="irex")
        answers.queues = read_queues(answers.policy)
        if ask.asking and given.mode is None:
            ask.tell('"observe" decides, records and tells staff, but sends customers nothing: a careful way to start.')
        answers.mode = ask.choose("Mode", "--mode", ("observe", "live"), given=given.mode, default="observe")

    def _staff(self, answers: "Answers") -> None:
        from email.utils import parseaddr

        from intake.setting_values import Email
        from rules.facts import address_key

        def read(answer: str) -> tuple[str, str]:
            if not answer:
                return "", ""
            name, email = parseaddr(answer)
            email = of_type(Email)(email or answer)
            if address_key(email) == address_key(answers.address):
                raise ValueError("is the mailbox's own address; name the person's")
            return name or email.partition("@")[0].replace(".", " ").title(), email

        if self._ask.asking and self._given.staff is None:
            self._ask.heading("Who answers: one person now, as Name <address>; more in intake.toml")
        question = "Staff"
        found = self._ask.ask(question, "--staff", read, given=self._given.staff, default="")
        answers.staff_name, answers.staff_email = found

    # --- contracts ---

    def _directory(self, answers: "Answers") -> None:
        given, ask = self._given, self._ask
        ask.heading("Customers: contracts.csv and contacts.csv say who has which contract")
        if given.trial is None or given.contracts is not None:
            while True:
                contracts = ask.ask(
                    "Your contracts.csv, if there is one",
                    "--contracts",
                    existing_file,
                    given=shown_path(given.contracts),
                    default="",
                )
                if not contracts:
                    break
                beside = Path(contracts).with_name("contacts.csv")
                contacts = ask.ask(
                    "Your contacts.csv",
                    "--contacts",
                    needed(existing_file),
                    given=shown_path(given.contacts),
                    default=str(beside) if beside.is_file() else None,
                )
                if self._previewed(answers, Path(contracts), Path(contacts)):
                    answers.contracts, answers.contacts = Path(contracts).read_bytes(), Path(contacts).read_bytes()
                    return
                given = replace(given, contracts=None, contacts=None)
        self._trial(answers)

    def _previewed(self, answers: "Answers", contracts: Path, contacts: Path) -> bool:
        from intake.cli.directory import preview

        faults = preview(contracts, contacts, answers.policy, tell=self._ask.tell)
        if not faults:
            return True
        for fault in faults[:10]:
            self._ask.tell(f"  {fault}")
        if not self._ask.asking:
            raise Refused(f"{faults[0]} ({len(faults)} fault(s) in the directory; nothing was written)")
        self._ask.tell(f"  {len(faults)} fault(s); correct the files, or go on with samples")
        return False

    def _trial(self, answers: "Answers") -> None:
        from intake.first_answers import trial
        from intake.first_policies import first_plan
        from intake.setting_values import Email
        from rules.facts import address_key

        def read(answer: str) -> str:
            if answer and address_key(answer) in (address_key(answers.address), address_key(answers.staff_email)):
                raise ValueError("is the mailbox's or staff's; name one that you can write from as a customer")
            return of_type(Email)(answer) if answer else ""

        if self._ask.asking and self._given.trial is None:
            self._ask.tell("To try it: an address of your own, from which you then write as a customer.")
        question = "Address to try it from"
        customer = self._ask.ask(question, "--trial", read, given=self._given.trial, default="")
        if customer:
            policy = Path(answers.policy).stem
            answers.contracts, answers.contacts = trial(
                customer,
                policy,
                first_plan(answers.policy),
                datetime.now(UTC).date(),
                account_manager=answers.staff_email,
            )
