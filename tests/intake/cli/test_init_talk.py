"""`intake init` as a conversation and by flags, against real servers, as far as the first acknowledgement."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from intake.config import load
from intake.first_files import samples
from tests.intake.cli.shell import intake
from tests.intake.cli.terminal import END, ROOT, session
from tests.intake.installation import mail
from tests.servers.mailhost import Mailhost

OFFLINE = ("--address", "support@example.com", "--imap", "imap.example.com", "--smtp", "smtp.example.com")
PASSING = ("--yes", "--no-connect")


def files(directory: Path) -> list[str]:
    return sorted(file.relative_to(directory).as_posix() for file in directory.rglob("*"))


@pytest.mark.mailhost
def test_a_new_user_comes_from_nothing_to_the_first_acknowledgement(mailhost: Mailhost, tmp_path: Path) -> None:
    support, ana, sam = (mailhost.someone(name) for name in ("support", "ana", "sam"))
    mailhost.append(support, mail(ana, support, "Is this read?", "Is it?\n"))
    talked = session(
        ["init", tmp_path / "new"],
        [
            ("write to", "support\n"),
            ("write to", f"{support}\n"),
            ("IMAP server", "127.0.0.1:99999\n"),
            ("IMAP server", f"127.0.0.1:{mailhost.imaps}\n"),
            ("User name", "\n"),
            ("Password", "wrong\n"),
            ("authority to trust", f"{mailhost.ca_file}\n"),
            ("User name", "\n"),
            ("Password", "wrong\n"),
            ("User name", "\n"),
            ("Password", f"{mailhost.password}\n"),
            ("SMTP server", f"127.0.0.1:{mailhost.submission}\n"),
            ("arrives in", "Nowhere\n"),
            ("arrives in", "inbox\n"),
            ("recorded goes to", "INBOX\n"),
            ("recorded goes to", "\n"),
            ("read goes to", "\n"),
            ("Name beside", "Example Support\n"),
            ("ticket numbers", "ex\n"),
            ("Policy", "irx\n"),
            ("Policy", "3\n"),
            ("Mode", "l\n"),
            ("Staff", f"Sam Field <{sam}>\n"),
            ("contracts.csv", "\n"),
            ("try it from", f"{ana}\n"),
            ("Write all this", "\n"),
        ],
    )
    assert talked.status == 0, talked.shown
    assert mailhost.password not in talked.shown
    for words in ("is no port", "not trusted", "password", "no such folder", "answer with one of", "INBOX    1"):
        assert words in talked.shown, talked.shown
    config = tmp_path / "new/intake.toml"
    assert load(config, environ={}).mailbox[0].mode == "live"
    following = talked.shown.partition("Next:\n")[2].split("\n")
    assert following[0] == f"  intake run --config {config}"
    assert following[1].startswith(f"  intake status --config {config}")
    daemon = subprocess.Popen([sys.executable, "-m", *following[0].split()], cwd=ROOT)
    try:
        end = time.monotonic() + 60
        while not (letters := mailhost.box(ana).all()):
            assert time.monotonic() < end
            assert daemon.poll() is None
            time.sleep(0.1)
    finally:
        daemon.terminate()
        daemon.wait(30)
    assert letters[0]["Subject"] == "Re: [EX-1] Is this read?"


@pytest.mark.mailhost
def test_flags_answer_everything_and_nothing_is_asked(mailhost: Mailhost, tmp_path: Path) -> None:
    support, ana = mailhost.someone("support"), mailhost.someone("ana")
    (tmp_path / "password").write_text(mailhost.password + "\n")
    told = intake(
        "init", tmp_path / "new", "--address", support, "--imap", f"127.0.0.1:{mailhost.imap}",
        "--smtp", f"127.0.0.1:{mailhost.smtps}", "--ca-file", mailhost.ca_file, "--password-file",
        tmp_path / "password", "--policy", "gold", "--mode", "live", "--trial", ana, "--json",
    )  # fmt: skip
    assert (told.status, told.err) == (0, "")
    assert told.objects[-1]["directory"] == str(tmp_path / "new")
    box = load(tmp_path / "new/intake.toml", environ={}).mailbox[0]
    assert (box.policy, box.imap.security, box.smtp.security) == ("gold", "starttls", "tls")
    again = intake("check", "--connect", "--config", tmp_path / "new/intake.toml", "--json")
    assert again.status == 0


@pytest.mark.mailhost
def test_a_login_that_fails_writes_nothing(mailhost: Mailhost, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong\n")
    told = intake(
        "init", tmp_path / "new", "--address", mailhost.someone(), "--imap", f"127.0.0.1:{mailhost.imaps}", "--smtp",
        f"127.0.0.1:{mailhost.smtps}", "--ca-file", mailhost.ca_file, "--password-file", tmp_path / "password",
    )  # fmt: skip
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "--no-connect" in told.err
    assert files(tmp_path) == ["password"]


def test_ctrl_c_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    talked = session(
        ["init", tmp_path / "new", *OFFLINE, "--no-connect", "--password-file", tmp_path / "secret"],
        [("User name", "\n"), ("arrives in", END)],
    )
    assert talked.status == 130
    assert talked.shown.splitlines()[-1] == "intake: interrupted; nothing was written"
    assert files(tmp_path) == ["secret"]


def test_samples_are_written_at_a_terminal_too(tmp_path: Path) -> None:
    assert session(["init", tmp_path, "--sample"], []).status == 0
    assert (tmp_path / "intake.toml").read_text() == samples()["intake.toml"]


def test_without_a_log_in_the_rest_is_written_and_what_is_left_is_told(tmp_path: Path) -> None:
    told = intake("init", tmp_path, *OFFLINE, *PASSING)
    assert (told.status, told.err) == (0, "")
    following = told.out.partition("Next:\n")[2]
    assert "credentials/imap-password" in following
    assert "intake directory import" in following
    assert load(tmp_path / "intake.toml", secrets=False).mailbox[0].imap.port == 993


def test_an_edited_file_is_told_before_anything_is_asked_and_a_shipped_one_is_not(tmp_path: Path) -> None:
    intake("init", tmp_path, "--sample")
    assert intake("init", tmp_path, *OFFLINE, *PASSING).status == 0
    told = intake("init", tmp_path, *OFFLINE, *PASSING)
    assert (told.status, told.err.count("\n")) == (2, 1)
    assert "intake.toml" in told.err
    assert "--force" in told.err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--yes"], "--address is missing"),
        ([*OFFLINE, *PASSING, "--policy", "nox"], "--policy nox: answer with one of"),
        ([*OFFLINE, *PASSING, "--policy", "./no.toml"], "there is no file"),
        ([*OFFLINE, *PASSING, "--address", "support"], "is not an e-mail address"),
        ([*OFFLINE, *PASSING, "--imap", "a b"], "write the name of a server"),
        ([*OFFLINE, *PASSING, "--password-file", "/no"], "--password-file /no"),
        ([*OFFLINE, *PASSING, "--staff", "support@example.com"], "the mailbox's own"),
        ([*OFFLINE, *PASSING, "--oauth", "yahoo"], "microsoft, google or none"),
        ([*OFFLINE, *PASSING, "--processed", "inbox"], "mail goes there already"),
        ([*OFFLINE, "--yes", "--sample"], "--sample"),
    ],
)
def test_a_wrong_flag_is_one_line_and_writes_nothing(tmp_path: Path, flags: list[str], words: str) -> None:
    told = intake("init", tmp_path / "new", *flags)
    assert (told.status, told.err.count("\n")) == (2, 1), told.err
    assert words in told.err
    assert files(tmp_path) == []


def test_faulty_directory_files_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "contracts.csv").write_text(
        "contract,organization,policy,plan,starts\nC-1,Alder,irex,nothing,2026-01-01\n"
    )
    (tmp_path / "contacts.csv").write_text("email,contract,role\nana@alder.example,C-1,admin\n")
    told = intake("init", tmp_path / "new", *OFFLINE, *PASSING, "--contracts", tmp_path / "contracts.csv")
    assert told.status == 1
    assert "nothing" in told.err
    assert not (tmp_path / "new").exists()


def test_own_directory_files_are_previewed_copied_and_imported(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("contract,organization,policy,plan,starts\nC-1,Alder,irex,standard,2026-01-01\n")
    (tmp_path / "contacts.csv").write_text("email,contract,role\nana@alder.example,C-1,admin\n")
    told = intake("init", tmp_path / "new", *OFFLINE, *PASSING, "--contracts", tmp_path / "c.csv")
    assert (told.status, told.err) == (0, "")
    assert "1 contracts: C-1" in told.out
    assert (tmp_path / "new/contracts.csv").read_bytes() == (tmp_path / "c.csv").read_bytes()
    assert "the directory is these files now" in told.out


def test_microsoft_is_told_to_need_tokens_and_gets_its_table(tmp_path: Path) -> None:
    told = intake(
        "init", tmp_path, "--address", "support@example.com", "--imap", "outlook.office365.com", "--smtp",
        "smtp.office365.com", "--tenant", "example.com", *PASSING,
    )  # fmt: skip
    assert told.status == 0
    assert "Microsoft 365 takes no passwords" in told.out
    box = load(tmp_path / "intake.toml", secrets=False).mailbox[0]
    assert (box.imap.auth, box.oauth.provider, box.oauth.tenant) == ("xoauth2", "microsoft", "example.com")
    assert "credentials/client-secret" in told.out.partition("Next:\n")[2]


def test_json_is_json_lines(tmp_path: Path) -> None:
    told = intake("init", tmp_path, *OFFLINE, *PASSING, "--json")
    assert told.status == 0
    assert "intake.toml" in [json.loads(line) for line in told.out.splitlines()][-1]["files"]
