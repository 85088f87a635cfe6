"""Understanding in worker processes: whatever a mail does to its worker, the next mail and the daemon do not notice."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from intake import frames, worker
from intake.mail.authentication import Trust
from intake.shipped import read_policy
from intake.understand import NotUnderstood, Understanding, Understood
from intake.worker import Worker
from rules.facts import LanguageReading, Mail, Reading, Tongue, TryLater, Unreadable
from templates.render import Renderer

ROOT = Path(__file__).parents[2]
POLICIES: Any = {"irex": "first", "gold": "other"}


def work(raw: bytes, policy: Any, trust: Trust) -> Understood:
    """Stands in for reading: does to its worker what the mail says, and answers with what it was given."""
    match raw.partition(b" ")[0]:
        case b"hang":
            while True:
                pass
        case b"stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"bloat":
            _ = bytearray(2_000_000_000)
        case b"bug":
            raise ZeroDivisionError("ours")
        case b"unreadable":
            raise Unreadable("no mail at all")
        case b"slow":
            time.sleep(0.2)
        case b"loud":
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
        case _:
            pass
    mail = Mail(None, None, f"{policy} {trust.authserv_id}", str(os.getpid()), "", str(hash(raw)), len(raw))
    return Understood(mail, Reading(LanguageReading(Tongue.SHORT, None, None, 0)))


@contextmanager
def pool(workers: int = 1, seconds: float = 20, memory: int = 400 * 1024 * 1024) -> Iterator[Understanding]:
    understanding = Understanding(POLICIES, workers=workers, seconds=seconds, memory=memory, work=work)
    try:
        yield understanding
    finally:
        understanding.close()


def mail_of(understanding: Understanding, raw: bytes = b"mail", **more: str) -> Mail:
    answer = understanding.submit(raw, policy=more.get("policy", "irex")).result(60)
    assert isinstance(answer, Understood)
    return answer.mail


def test_a_mail_is_read_under_its_mailboxs_policy_and_server() -> None:
    with pool() as understanding:
        answer = understanding.submit(b"mail", policy="gold", trust=Trust("mx.example.com")).result(60)
    assert isinstance(answer, Understood)
    assert answer.mail.subject == "other mx.example.com"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"hang", "not done after 1 s"),
        (b"stop", "not done after 1 s"),
        (b"crash", "its worker died (SIGSEGV)"),
        (b"bloat", "its worker ran out of memory"),
        (b"bug", "ZeroDivisionError: ours"),
    ],
)
def test_what_breaks_a_worker_may_be_tried_again_and_takes_no_other_mail_with_it(raw: bytes, reason: str) -> None:
    with pool(seconds=1) as understanding:
        broken = understanding.submit(raw, policy="irex")
        after = [understanding.submit(b"mail %d" % number, policy="irex") for number in range(3)]
        assert broken.result(60) == NotUnderstood(reason, final=False)
        assert all(isinstance(future.result(60), Understood) for future in after)


def test_a_worker_that_died_idle_is_replaced_and_no_mail_is_blamed() -> None:
    with pool() as understanding:
        first = int(mail_of(understanding).text)
        os.kill(first, signal.SIGKILL)
        while _state(first) != "Z":
            time.sleep(0.001)
        assert int(mail_of(understanding).text) != first


def test_a_bug_brings_its_traceback_for_the_log() -> None:
    with pool() as understanding:
        answer = understanding.submit(b"bug", policy="irex").result(60)
    assert isinstance(answer, NotUnderstood)
    assert "in work" in answer.trace


def test_without_a_worker_mail_is_handed_back_and_no_mail_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr("intake.understand.PAUSE", 0.0)
    with pool() as understanding, pytest.raises(TryLater):
        understanding.submit(b"mail", policy="irex").result(60)


def test_a_pool_says_once_that_it_can_read() -> None:
    told: list[None] = []
    pool = Understanding(POLICIES, workers=2, work=work, came_up=lambda: told.append(None))
    with closing(pool):
        assert pool.up.wait(60)
        mail_of(pool)
        pool.submit(b"crash", policy="irex").result(60)
        mail_of(pool)
    assert len(told) == 1


def test_a_pool_that_gets_no_worker_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mail is handed back, and tried again: that is no reason for a daemon never to be ready."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr("intake.understand.PAUSE", 0.0)
    with pool() as understanding:
        assert understanding.up.wait(60)


def test_workers_that_were_begun_before_the_pool_read_its_mail_and_end_with_it() -> None:
    begun = [Worker(work), Worker(work)]
    with closing(Understanding(POLICIES, workers=1, work=work, begun=begun)) as pool:
        assert int(mail_of(pool).text) in [one.process.pid for one in begun]
    assert [one.process.returncode for one in begun] == [-signal.SIGKILL, -signal.SIGKILL]


def test_as_many_workers_are_begun_as_the_system_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    with worker.begun(2) as given:
        monkeypatch.setattr(sys, "executable", "/nowhere")
        with worker.begun(2) as none:
            assert (len(given), none) == (2, [])
    assert [one.process.returncode for one in given] == [-signal.SIGKILL, -signal.SIGKILL]


def test_a_refusal_is_final() -> None:
    with pool() as understanding:
        answer = understanding.submit(b"unreadable", policy="irex").result(60)
    assert answer == NotUnderstood("no mail at all", final=True)


def test_a_worker_that_is_asked_nicely_by_a_signal_goes_on() -> None:
    """systemd signals the whole group; the daemon alone ends its workers."""
    with pool() as understanding:
        assert mail_of(understanding, b"loud").text == mail_of(understanding).text


def test_many_mails_from_many_threads_are_each_answered_once() -> None:
    with pool(workers=2) as understanding:
        futures = {number: understanding.submit(b"m" * number, policy="irex") for number in range(500)}
        sizes = {number: cast(Understood, future.result(60)).mail.size for number, future in futures.items()}
    assert sizes == {number: number for number in range(500)}


def test_a_large_mail_reaches_its_worker_whole() -> None:
    with pool() as understanding:
        assert mail_of(understanding, b"x" * 41_000_000).size == 41_000_000


def test_a_reload_counts_from_the_next_mail_on_and_for_new_workers() -> None:
    with pool(seconds=2) as understanding:
        assert mail_of(understanding).subject == "first "
        understanding.reload(cast(Any, {"irex": "second"}))
        assert mail_of(understanding).subject == "second "
        understanding.submit(b"crash", policy="irex").result(60)
        assert mail_of(understanding).subject == "second "


def test_closing_hands_back_what_was_not_done_and_leaves_no_process() -> None:
    understanding = Understanding(POLICIES, workers=1, work=work)
    process = int(mail_of(understanding).text)
    futures = [understanding.submit(b"hang", policy="irex"), understanding.submit(b"mail", policy="irex")]
    while not futures[0].running():
        time.sleep(0.001)
    began = time.monotonic()
    understanding.close()
    assert time.monotonic() - began < 2
    for future in futures:
        with pytest.raises(TryLater):
            future.result(0)
    with pytest.raises(TryLater):
        understanding.submit(b"late", policy="irex").result(0)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_caller_who_gives_up_disturbs_nobody() -> None:
    with pool() as understanding:
        first = understanding.submit(b"slow", policy="irex")
        second = understanding.submit(b"mail", policy="irex")
        assert second.cancel()
        assert isinstance(first.result(60), Understood)
        assert mail_of(understanding).size == 4


def test_an_idle_pool_adds_a_few_milliseconds_at_most() -> None:
    with pool() as understanding:
        mail_of(understanding)
        times = []
        for _ in range(200):
            began = time.perf_counter()
            mail_of(understanding, b"x" * 4000)
            times.append(time.perf_counter() - began)
    assert sorted(times)[20] < 0.005  # 0.2 ms alone; the machine may have other things to do


def test_workers_die_with_a_daemon_that_is_killed(tmp_path: Path) -> None:
    """A worker in the middle of an endless mail too, which never looks at its pipe."""
    script = tmp_path / "daemon.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from intake.understand import Understanding
        from tests.intake.test_understand import POLICIES, work
        pool = Understanding(POLICIES, workers=1, work=work)
        print(pool.submit(b"mail", policy="irex").result().mail.text, flush=True)
        pool.submit(b"hang", policy="irex").result()
        """)
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        worker = int(daemon.stdout.readline())
        daemon.kill()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{worker}").exists() and _state(worker) != "Z":
        assert time.monotonic() < deadline, "the worker outlived its daemon"
        time.sleep(0.01)


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


@pytest.mark.parametrize("said", [b"", b"\x00\x00", frames.HEAD.pack(4096, 0) + b"half of it"], ids=len)
def test_a_worker_whose_daemon_dies_while_it_starts_ends_without_a_word(said: bytes) -> None:
    """Each kill of a daemon in its first second used to leave tracebacks of its workers in the log."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [sys.executable, "-c", f"from intake.worker import serve; serve({theirs.fileno()})"]
        worker = subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=subprocess.PIPE, cwd=ROOT)
        theirs.close()
        ours.sendall(said)
        ours.close()
        _, words = worker.communicate(timeout=20)
    assert (worker.returncode, words) == (0, b"")


def test_a_mail_is_read_and_its_words_are_weighed_under_a_shipped_policy() -> None:
    policy = read_policy("irex", Renderer(None).letters()).policy
    plain = (
        b"From: Ana <ana@alder.example>\r\nSubject: Recorder\r\n\r\nThe recorder does not start since this morning.\r\n"
    )
    attachment = b"Content-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n\r\n" + b"QUFB" * 8_000_000
    understanding = Understanding({"irex": policy}, workers=1, memory=256 * 1024 * 1024)
    try:
        answer = understanding.submit(plain, policy="irex").result(60)
        large = understanding.submit(b"From: a@b.cc\r\n" + attachment, policy="irex").result(60)
        refused = understanding.submit(b"\r\n", policy="irex").result(60)
    finally:
        understanding.close()
    assert isinstance(answer, Understood)
    assert (answer.mail.subject, answer.reading.language.language) == ("Recorder", "en")
    assert isinstance(large, Understood)
    assert large.mail.attachments[0].size == 24_000_000
    assert refused == NotUnderstood("the mail is empty", final=True)


def test_mails_that_hang_every_worker_they_get_keep_no_other_mailbox_waiting() -> None:
    understanding = Understanding(POLICIES, workers=2, seconds=5, work=work, mailboxes=2)
    try:
        understanding.submit(b"warm", policy="irex", mailbox="calm").result(60)
        for number in range(20):
            understanding.submit(b"hang %d" % number, policy="irex", mailbox="attacked")
        began = time.monotonic()
        for number in range(5):
            answer = understanding.submit(b"mail %d" % number, policy="irex", mailbox="calm").result(60)
            assert isinstance(answer, Understood)
        assert time.monotonic() - began < 4
    finally:
        understanding.close()
