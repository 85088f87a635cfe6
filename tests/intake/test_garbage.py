"""A program that loads is not searched for garbage; one that works is, and what it loaded is left alone."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from intake import garbage
from intake.cli import main


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    gc.enable()


def test_between_loading_and_loaded_nothing_is_looked_for() -> None:
    garbage.loading()
    assert not gc.isenabled()
    garbage.loaded()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == garbage.SELDOM


def test_a_program_that_never_said_that_it_loads_is_left_as_it_is() -> None:
    before = gc.get_freeze_count()
    garbage.loaded()
    assert (gc.isenabled(), gc.get_freeze_count()) == (True, before)


def test_a_command_within_another_program_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = gc.get_freeze_count()
    assert main(["--version"]) == 0
    assert (gc.isenabled(), gc.get_freeze_count()) == (True, before)
    assert capsys.readouterr().out.startswith("ticket-intake ")


def test_a_command_that_reads_many_mails_looks_for_garbage_after_the_first() -> None:
    code = "import gc, sys; from intake.cli import main; sys.argv[1:] = ['parse', '-']; main(); print(gc.isenabled())"
    mail = "From: a@b.cc\n\ntext"
    done = subprocess.run([sys.executable, "-c", code], input=mail, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("True\n")
