"""Breaks the product on purpose, in a copy, and counts the examples that the model takes to notice: a model that lets a
break live says nothing. `python -m tests.model.breaks [NAME…]`; the checkout is left alone.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("intake", "rules", "storage", "templates", "tests", "pyproject.toml")
SECONDS = 1800

TRIAL = """
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.intake.test_model import Model

begun = 0


class Counted(Model):
    def __init__(self):
        global begun
        begun += 1
        super().__init__()


try:
    run_state_machine_as_test(Counted, settings=settings(
        max_examples={examples}, stateful_step_count=40, deadline=None, database=None, phases=[Phase.generate],
        report_multiple_bugs=False, suppress_health_check=list(HealthCheck),
    ))
except BaseException as found:
    print(f"noticed in example {{begun}}: {{type(found).__name__}}: {{str(found).splitlines()[0][:150]}}")
else:
    print(f"NOT NOTICED in {{begun}} examples")
"""


@dataclass(frozen=True, slots=True)
class Also:
    file: str
    sound: str
    broken: str


@dataclass(frozen=True, slots=True)
class Break:
    name: str
    file: str
    sound: str
    broken: str
    also: Also | None = None
    """Where one line of defence stands behind another."""


BREAKS = (
    Break(
        "filed before the commit",
        "intake/take_in.py",
        "ahead.append(self._fetch(imap, batch))",
        "ahead.append(self._fetch(imap, batch)); imap.file(list(batch), self.desk().mailbox.imap.processed_folder)",
    ),
    Break(
        "what would not be filed counts as filed",
        "intake/filing.py",
        "ledger.filing_failed(tx, self.desk().name, uidvalidity, uids, until)",
        "ledger.filed(tx, self.desk().name, uidvalidity, uids, until)",
    ),
    Break(
        "the checkpoint passes a mail that failed",
        "intake/take_in.py",
        "done = {one.uid for one in ended if one.end is not None}\n        left",
        "done = {one.uid for one in ended}\n        left",
    ),
    Break(
        "the checkpoint passes what was not handed over",
        "intake/take_in.py",
        "left = self._pending - done",
        "left = self._struck.keys() - done",
    ),
    Break(
        "UIDs of another UIDVALIDITY are believed",
        "intake/first_run.py",
        "if kept and kept.uidvalidity == opened.uidvalidity:",
        "if kept:",
    ),
    Break(
        "identity is the Message-ID",
        "intake/pipeline.py",
        "return arrival.read.mail.sha256",
        "return hashlib.sha256((arrival.read.mail.message_id or arrival.read.mail.sha256).encode()).hexdigest()",
    ),
    Break(
        "identity is the UID",
        "intake/pipeline.py",
        "if same := batch.known.get(sha256):",
        "if same := (batch.known.get(sha256) if arrival.uid % 2 else None):",
    ),
    Break(
        "a duplicate is not sighted",
        "intake/pipeline.py",
        "_sight(batch, arrival, End.DUPLICATE, same.mail_id)\n",
        "pass\n",
    ),
    Break(
        "the checkpoint is advanced before the batch",
        "intake/pipeline.py",
        "    with database.transaction(of=(desk.policy.name,)) as tx:\n        policies.keep",
        "    last = max(one.uid for one in arrivals)\n    with database.transaction() as tx:\n"
        "        checkpoints.advance(tx, desk.name, uidvalidity, last)\n"
        "    with database.transaction(of=(desk.policy.name,)) as tx:\n        policies.keep",
    ),
    Break(
        "settling ignores doubt", "storage/outbox.py", "if ended.ambiguous:", "if ended.ambiguous and not ended.error:"
    ),
    Break(
        "releasing counts no doubt",
        "storage/outbox.py",
        "next_try_at=now, ambiguous=outbox.c.ambiguous + 1",
        "next_try_at=now",
    ),
    Break("releasing forgets a claim", "storage/outbox.py", "return int(tx.execute(back).rowcount)", "return 0"),
    Break(
        "another attempt has another Message-ID",
        "storage/outbox.py",
        'values["next_try_at"] = ended.next_try_at',
        'values |= {"next_try_at": ended.next_try_at, "message_id": outbox.c.message_id + "x"}',
    ),
    Break(
        "an ambiguous end counts as sent",
        "intake/deliver.py",
        "return Delivery(letter.letter_id, LetterState.WAITING, result.reason, ambiguous, left, again)",
        "return Delivery(letter.letter_id, LetterState.SENT, result.reason, ambiguous, left)",
    ),
    Break(
        "what was only claimed is kept",
        "intake/deliver.py",
        "outbox.give_back(tx, letters)",
        "outbox.give_back(tx, letters[:0])",
    ),
    Break(
        "bulk mail is answered",
        "rules/letters.py",
        "bool(going.mail.machine.bulk)",
        "False",
        Also(
            "rules/decide.py",
            "template=None) if kind is MailKind.BULK else",
            "template=decision.template) if decision.template else",
        ),
    ),
    Break(
        "a machine's mail is a person's",
        "rules/decide.py",
        "bool(mail.machine.auto))",
        "False)",
        Also("rules/letters.py", "bool(going.mail.machine.auto or going.mail.machine.bounce)", "False"),
    ),
    Break(
        "budgets count backwards",
        "storage/letter_counts.py",
        "outbox.c.created_at > since",
        "outbox.c.created_at < since",
    ),
    Break(
        "clocks start when we get round to it",
        "intake/effects.py",
        "kind, ticket.opened_at, due, decision",
        "kind, ticket.recorded_at, due, decision",
    ),
    Break(
        "a clock that was stopped is missed",
        "storage/clocks.py",
        "running = clock.c.stopped_at.is_(None) & clock.c.breached_at",
        "running = clock.c.breached_at",
    ),
    Break(
        "a mail that is taken away is struck for ever",
        "intake/take_in.py",
        "self._forget(self._struck.keys() - set(fresh))",
        "pass",
    ),
)


def main(names: Sequence[str]) -> None:
    chosen = [one for one in BREAKS if not names or any(name in one.name for name in names)]
    for one in chosen:
        with _broken(one) as copy:
            trial = subprocess.run(
                [sys.executable, "-c", TRIAL.format(examples=400)],
                cwd=copy,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        print(f"{one.name}: {(trial.stdout or trial.stderr).strip().splitlines()[-1]}", flush=True)


@contextmanager
def _broken(one: Break) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as home:
        copy = Path(home)
        for room in ROOMS:
            (shutil.copytree if (ROOT / room).is_dir() else shutil.copy)(ROOT / room, copy / room)
        edits: list[Break | Also] = [one, *([one.also] if one.also else [])]
        for each in edits:
            text = (copy / each.file).read_text()
            assert each.sound in text, f"{one.name}: {each.file} has changed"
            (copy / each.file).write_text(text.replace(each.sound, each.broken))
        yield copy


if __name__ == "__main__":
    main(sys.argv[1:])
