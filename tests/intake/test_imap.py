"""The mailbox's connection against a real Dovecot, and against a scripted server for what Dovecot never does."""

import base64
import gc
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from intake.imap import FAILED, Filed, Imap, Misconfigured, Size, batches
from intake.imap_values import CHUNK
from intake.limits import Limit, Limited
from intake.oauth.grant import Grant, Obtained
from intake.oauth.source import source_of
from intake.settings import ImapSettings
from rules.facts import TryLater
from tests.servers.cutproxy import CutProxy, How
from tests.servers.fake_imap import CLOSE, Answer, FakeImap, Piece
from tests.servers.mailhost import Mailhost

RAW = b"From: a@b.test\r\nSubject: x\r\n\r\nGr\xfc\xdfe\r\n"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

Connect = Callable[..., Imap]


def settings_for(mailhost: Mailhost, address: str, **changes: Any) -> ImapSettings:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": mailhost.imaps,
        "security": "tls",
        "ca_file": mailhost.ca_file,
        "username": address,
        "password": SecretStr(mailhost.password),
    }
    return ImapSettings(**given | changes)


@pytest.fixture
def address(mailhost: Mailhost) -> str:
    return mailhost.someone("support")


@pytest.fixture
def connect(mailhost: Mailhost, address: str) -> Iterator[Connect]:
    """Connections to that address's mailbox, with any setting changed."""
    opened: list[Imap] = []

    def connected(read_seconds: float = 10, **changes: Any) -> Imap:
        opened.append(Imap(settings_for(mailhost, address, **changes), connect_seconds=2, read_seconds=read_seconds))
        opened[-1].connect()
        return opened[-1]

    yield connected
    for each in opened:
        each.close()


@pytest.fixture
def wake() -> Iterator[tuple[socket.socket, socket.socket]]:
    pair = socket.socketpair()
    yield pair
    for end in pair:
        end.close()


@pytest.mark.mailhost
@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_mail_is_fetched_byte_for_byte_and_stays_unseen(
    mailhost: Mailhost, address: str, connect: Connect, security: str
) -> None:
    for _ in range(3):
        mailhost.append(address, RAW, when=AT)
    imap = connect(security=security, port=mailhost.imaps if security == "tls" else mailhost.imap)
    assert imap.uids_after(0) == [1, 2, 3]
    assert imap.uids_after(2) == [3]
    assert imap.uids_after(3) == []
    sizes = imap.sizes([2, 3, 99])
    assert sizes == {2: Size(len(RAW), AT), 3: Size(len(RAW), AT)}
    mails = imap.fetch(sizes).mails
    assert [(mail.uid, mail.raw, mail.internaldate) for mail in mails] == [(2, RAW, AT), (3, RAW, AT)]
    assert imap.head(1) == RAW
    assert all(b"\\Seen" not in flags for flags in mailhost.box(address).flags().values())


@pytest.mark.mailhost
def test_opening_tells_the_state_and_makes_the_folders(mailhost: Mailhost, address: str, connect: Connect) -> None:
    mailhost.append(address, RAW)
    imap = Imap(settings_for(mailhost, address))
    opened = imap.connect()
    assert (opened.exists, opened.uidnext) == (1, 2)
    assert opened.uidvalidity > 0
    assert {"MOVE", "UIDPLUS", "IDLE"} <= opened.capabilities
    assert {"Intake/Processed", "Intake/Quarantine"} <= set(mailhost.box(address).folders())
    assert imap.connect() == opened, "connecting again finds the folders it made"
    imap.close()


@pytest.mark.mailhost
@pytest.mark.parametrize("lacking", [set(), {b"MOVE"}, {b"MOVE", b"UIDPLUS"}], ids=["move", "uidplus", "neither"])
def test_filing_takes_just_these_mails(mailhost: Mailhost, address: str, connect: Connect, lacking: set[bytes]) -> None:
    for _ in range(4):
        mailhost.append(address, RAW, when=AT)
    box = mailhost.box(address)
    with box.session() as client:
        client.select_folder("INBOX")
        client.add_flags([4], [b"\\Deleted"])
    imap = connect()
    client = imap._wire.client  # type: ignore[union-attr]
    client._cached_capabilities = tuple(set(client.capabilities()) - lacking)
    filed = imap.file([1, 2, 77], "Intake/Processed")
    assert filed == Filed(frozenset({1, 2}), frozenset({77}))
    assert box.raws("Intake/Processed") == [RAW, RAW]
    if b"UIDPLUS" in lacking:
        assert box.flags()[1] >= {b"\\Deleted"}
        assert box.uids() == [1, 2, 3, 4], "without UID EXPUNGE nobody's deleted mail is expunged"
    else:
        assert box.uids() == [3, 4], "mail that a person deleted is still theirs to expunge"
        assert imap.file([1, 2], "Intake/Processed").absent == {1, 2}
    with box.session() as client:
        client.select_folder("Intake/Processed")
        client.normalise_times = False
        assert client.fetch([1], ["INTERNALDATE"])[1][b"INTERNALDATE"] == AT


@pytest.mark.mailhost
@pytest.mark.parametrize("lacking", [set(), {b"MOVE"}], ids=["move", "copy"])
def test_filed_mail_bears_our_keyword_in_its_folder(
    mailhost: Mailhost, address: str, connect: Connect, lacking: set[bytes]
) -> None:
    for _ in range(2):
        mailhost.append(address, RAW)
    imap = connect()
    client = imap._wire.client  # type: ignore[union-attr]
    client._cached_capabilities = tuple(set(client.capabilities()) - lacking)
    imap.file([1], "Intake/Processed")
    imap.file([2], "Intake/Quarantine", FAILED)
    box = mailhost.box(address)
    marks = [set(box.flags(folder)[1]) - {b"\\Recent"} for folder in ("Intake/Processed", "Intake/Quarantine")]
    assert marks == [{b"$IntakeDone"}, {b"$IntakeFailed"}]


def test_a_server_that_will_not_mark_files_all_the_same() -> None:
    answers = {
        "UID SEARCH": [b"* SEARCH 5\r\n{tag} OK done\r\n"],
        "UID STORE": [b"{tag} NO [LIMIT] too many keywords\r\n"],
        "UID MOVE": [b"{tag} OK done\r\n"],
    }
    with FakeImap(answers) as server:
        imap = fake(server)
        imap.connect()
        assert imap.file([5], "Intake/Processed").filed == {5}
        said = " ".join(server.commands)
        assert said.index("STORE") < said.index("MOVE")
        imap.close()


@pytest.mark.mailhost
def test_without_a_folder_mail_is_flagged(mailhost: Mailhost, address: str, connect: Connect) -> None:
    for _ in range(2):
        mailhost.append(address, RAW)
    imap = connect(processed_folder="", quarantine_folder="")
    assert imap.file([1], "").filed == {1}
    assert imap.file([2], "", FAILED).filed == {2}
    flags = {uid: flags - {b"\\Recent"} for uid, flags in mailhost.box(address).flags().items()}
    assert flags == {1: {b"$IntakeDone"}, 2: {b"$IntakeFailed"}}


@pytest.mark.mailhost
def test_a_folder_removed_meanwhile_is_made_again(mailhost: Mailhost, address: str, connect: Connect) -> None:
    mailhost.append(address, RAW)
    imap = connect()
    with mailhost.box(address).session() as client:
        client.delete_folder("Intake/Processed")
    assert imap.file([1], "Intake/Processed").filed == {1}
    assert mailhost.box(address).raws("Intake/Processed") == [RAW]


@pytest.mark.mailhost
def test_many_mails_go_in_commands_of_bounded_length(mailhost: Mailhost, address: str, connect: Connect) -> None:
    count = CHUNK + 20
    with mailhost.box(address).session() as client:
        client.multiappend("INBOX", [RAW] * count)
    imap = connect()
    uids = imap.uids_after(0)
    assert len(uids) == count
    assert list(imap.sizes(uids)) == uids
    assert len(imap.file(uids, "Intake/Processed").filed) == count


@pytest.mark.mailhost
def test_a_mailbox_too_large_for_one_answer_is_searched_in_windows(
    mailhost: Mailhost, address: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailhost.box(address).session() as client:
        client.multiappend("INBOX", [RAW] * 10)
    monkeypatch.setattr("intake.imap.WINDOW", 3)
    imap = connect()
    mailhost.append(address, RAW)
    assert imap.uids_after(0) == list(range(1, 12))
    assert imap.uids_after(5) == list(range(6, 12))
    assert imap.uids_after(9) == [10, 11]


def test_uids_that_change_while_the_folder_is_open_are_not_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.imap.WINDOW", 3)
    select = b"* 9 EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n* OK [UIDNEXT 10] ok\r\n{tag} OK done\r\n"
    with FakeImap({"SELECT": [select % 7, select % 8]}) as server:
        imap = fake(server)
        imap.connect()
        with pytest.raises(TryLater, match="UIDs anew"):
            imap.uids_after(0)
        assert imap.connect().uidvalidity == 8
        imap.close()


@pytest.mark.mailhost
def test_a_large_mail_takes_little_more_memory_than_its_size(
    mailhost: Mailhost, address: str, connect: Connect
) -> None:
    raw = b"Subject: large\r\n\r\n" + b"x" * 76 * 400_000
    mailhost.append(address, raw)
    imap = connect()
    sizes = imap.sizes([1])
    gc.collect()
    tracemalloc.start()
    mail = imap.fetch(sizes).mails[0]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert mail.raw == raw
    assert peak < 1.3 * len(raw)


@pytest.mark.mailhost
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": SecretStr("wrong")}, "refused"),
        ({"folder": "Nowhere"}, "there is no folder 'Nowhere'"),
        ({"ca_file": ""}, "not trusted"),
        ({"port": 1}, "refused"),
        ({"host": "no-such-name.invalid"}, "the name is not found"),
        ({"security": "starttls"}, "no answer"),
        ({"host": "192.0.2.1", "security": "none"}, "only for this machine"),
        ({"ca_file": "/nonexistent.pem"}, "No such file"),
    ],
    ids=["password", "folder", "certificate", "refused", "dns", "wrong port", "plain text", "ca_file"],
)
def test_a_failure_to_connect_is_one_line_that_names_the_remedy(
    mailhost: Mailhost, address: str, changes: dict[str, Any], words: str
) -> None:
    seconds = 1 if words == "no answer" else 10
    imap = Imap(settings_for(mailhost, address, **changes), connect_seconds=seconds, read_seconds=seconds)
    with pytest.raises(TryLater) as failure:
        imap.connect()
    line = str(failure.value)
    assert words in line
    assert "[mailbox.imap]" in line
    assert "\n" not in line
    assert mailhost.password not in line
    passing = "port" in changes or words in ("the name is not found", "no answer")
    assert isinstance(failure.value, Misconfigured) is not passing
    assert not imap.connected


@pytest.mark.mailhost
def test_tls_at_the_plain_port_is_explained(mailhost: Mailhost, address: str) -> None:
    imap = Imap(settings_for(mailhost, address, port=mailhost.imap))
    with pytest.raises(TryLater, match=r"TLS failed .* check port and security"):
        imap.connect()


@pytest.mark.mailhost
def test_a_server_killed_while_it_sends_a_mail_is_try_later_and_recovers(mailhost: Mailhost, address: str) -> None:
    mailhost.append(address, b"Subject: x\r\n\r\n" + b"y" * 76 * 100_000)
    with CutProxy(mailhost.imaps, rate=3_000_000, times=1) as proxy:
        imap = Imap(settings_for(mailhost, address, port=proxy.port), read_seconds=5)
        imap.connect()
        sizes = imap.sizes([1])

        def strike() -> None:
            mailhost.kill_imap_sessions()
            proxy.rate = 0

        killer = threading.Timer(0.3, strike)
        killer.start()
        with pytest.raises(TryLater, match="closed the connection"):
            imap.fetch(sizes)
        killer.join()
        assert not imap.connected
        with pytest.raises(TryLater, match="not connected"):
            imap.fetch(sizes)
        imap.connect()
        assert len(imap.fetch(sizes).mails) == 1
        imap.close()


@pytest.mark.mailhost
@pytest.mark.parametrize("how", ["fin", "rst", "stall"])
def test_a_wire_cut_inside_a_mail_is_try_later(mailhost: Mailhost, address: str, how: How) -> None:
    mailhost.append(address, b"Subject: x\r\n\r\n" + b"y" * 76 * 10_000)
    with CutProxy(mailhost.imaps, cut=300_000, how=how, times=1) as proxy:
        seconds = 1 if how == "stall" else 10
        imap = Imap(settings_for(mailhost, address, port=proxy.port), read_seconds=seconds)
        imap.connect()
        with pytest.raises(TryLater, match="no answer" if how == "stall" else "closed the connection"):
            imap.fetch(imap.sizes([1]))
        imap.connect()
        assert len(imap.fetch(imap.sizes([1])).mails) == 1
        imap.close()


@pytest.mark.mailhost
def test_a_server_that_trickles_is_cut_off(mailhost: Mailhost, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every read succeeds in time, yet the mail would take a minute."""
    mailhost.append(address, b"Subject: x\r\n\r\n" + b"y" * 76 * 10_000)
    monkeypatch.setattr("intake.imap.SLOWEST", 10**9)
    with CutProxy(mailhost.imaps) as proxy:
        imap = Imap(settings_for(mailhost, address, port=proxy.port))
        imap.connect()
        sizes = imap.sizes([1])
        imap.command_seconds = 0.5
        proxy.rate = 20_000
        began = time.monotonic()
        with pytest.raises(TryLater, match="too slow"):
            imap.fetch(sizes)
        assert time.monotonic() - began < 3


@pytest.mark.mailhost
def test_after_a_restart_connecting_again_is_enough(mailhost: Mailhost, address: str, connect: Connect) -> None:
    mailhost.append(address, RAW)
    imap = connect()
    mailhost.stop_dovecot()
    with pytest.raises(TryLater):
        imap.uids_after(0)
    with pytest.raises(TryLater, match="refused"):
        imap.connect()
    mailhost.start_dovecot()
    imap.connect()
    assert imap.uids_after(0) == [1]


@pytest.mark.mailhost
def test_new_uids_show_in_the_uidvalidity(mailhost: Mailhost, address: str) -> None:
    mailhost.append(address, RAW)
    imap = Imap(settings_for(mailhost, address))
    before = imap.connect()
    mailhost.new_uidvalidity(address)
    with pytest.raises(TryLater):
        imap.uids_after(0)
    assert imap.connect().uidvalidity != before.uidvalidity
    imap.close()


Wake = tuple[socket.socket, socket.socket]


@pytest.mark.mailhost
@pytest.mark.parametrize(("security", "count"), [("tls", 12), ("starttls", 3), ("none", 3)])
def test_mails_that_race_idle_are_all_noticed(
    mailhost: Mailhost, address: str, connect: Connect, wake: Wake, security: str, count: int
) -> None:
    imap = connect(security=security, port=mailhost.imaps if security == "tls" else mailhost.imap)
    box = mailhost.box(address)
    go = threading.Semaphore(0)

    def append() -> None:
        with box.session() as client:
            for number in range(count):
                go.acquire(timeout=10)
                time.sleep(number / 4000)
                client.append("INBOX", RAW)

    sender = threading.Thread(target=append)
    sender.start()
    last = 0
    for _ in range(count):
        go.release()
        began = time.monotonic()
        while not (new := imap.uids_after(last)):
            imap.wait(wake[0], 10)
        assert time.monotonic() - began < 4, "noticed by IDLE, not by the end of the wait"
        last = new[-1]
    sender.join()
    assert last == count


@pytest.mark.mailhost
def test_waiting_ends_when_woken_and_when_time_is_up(connect: Connect, wake: Wake) -> None:
    imap = connect()
    assert imap.wait(wake[0], 0.05) is False
    threading.Timer(0.1, lambda: wake[1].send(b"x")).start()
    began = time.monotonic()
    while not imap.wait(wake[0], 10):
        pass
    assert time.monotonic() - began < 2
    assert imap.uids_after(0) == []


@pytest.mark.mailhost
def test_a_server_that_goes_away_ends_the_wait(mailhost: Mailhost, connect: Connect, wake: Wake) -> None:
    imap = connect()
    threading.Timer(0.1, mailhost.kill_imap_sessions).start()

    def idle_on() -> None:
        while True:
            imap.wait(wake[0], 10)

    with pytest.raises(TryLater, match="closed the connection"):
        idle_on()


def fake(server: FakeImap, read_seconds: float = 2, **changes: Any) -> Imap:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "me"}
    settings = ImapSettings(**given | {"password": SecretStr("pw"), "processed_folder": "INBOX"} | changes)
    return Imap(settings, connect_seconds=1, read_seconds=read_seconds)


Script = dict[str, list[Answer]]


@pytest.mark.parametrize(
    "idle",
    [
        [b"+ idling\r\n* 1 EXISTS\r\n"],
        [b"* 1 EXISTS\r\n", b"+ idling\r\n"],
        [b"+ idl", 0.05, b"ing\r\n"],
        [b"+ idling\r\n", 0.05, b"* 1 EX", 0.05, b"ISTS\r\n"],
    ],
    ids=["news glued to the plus", "news before the plus", "split plus", "split news"],
)
def test_idle_survives_every_way_of_sending(idle: list[Piece], wake: Wake) -> None:
    with FakeImap({"IDLE": [idle]}) as server:
        imap = fake(server)
        imap.connect()
        began = time.monotonic()
        assert imap.wait(wake[0], 1) is False
        waited = time.monotonic() - began
        assert waited < 0.9 or b"* 1" not in b"".join(piece for piece in idle if isinstance(piece, bytes))
        assert imap.uids_after(0) == []
        imap.close()
    assert "DONE" in server.commands


@pytest.mark.parametrize("capabilities", [b"IMAP4rev1 IDLE UIDPLUS MOVE", b"IMAP4rev1 UIDPLUS MOVE"])
def test_mail_that_came_while_a_search_was_answered_is_not_waited_for(capabilities: bytes, wake: Wake) -> None:
    """The search does not name it, its EXISTS stands beside the answer, and IDLE will not tell of it again."""
    searches = [b"* SEARCH\r\n* 1 EXISTS\r\n{tag} OK done\r\n", b"* SEARCH 1\r\n{tag} OK done\r\n"]
    offers = b"* CAPABILITY " + capabilities + b"\r\n{tag} OK done\r\n"
    with FakeImap({"UID SEARCH": searches, "CAPABILITY": [offers]}) as server:
        imap = fake(server)
        imap.connect()
        assert imap.uids_after(0) == []
        began = time.monotonic()
        assert imap.wait(wake[0], 1) is False
        assert time.monotonic() - began < 0.5
        assert imap.uids_after(0) == [1]
        began = time.monotonic()
        imap.wait(wake[0], 0.3)
        assert time.monotonic() - began > 0.25
        imap.close()


def test_a_server_that_tells_of_new_mail_only_when_asked_is_asked() -> None:
    with FakeImap({"UID SEARCH": [b"* SEARCH 3\r\n{tag} OK done\r\n"]}) as server:
        imap = fake(server)
        imap.connect()
        assert imap.uids_after(2) == [3]
        assert [command.split()[1] for command in server.commands[-2:]] == ["NOOP", "UID"]
        imap.close()


def test_a_server_that_refuses_to_idle_is_polled(wake: Wake) -> None:
    with FakeImap({"IDLE": [b"{tag} NO not now\r\n"]}) as server:
        imap = fake(server)
        imap.connect()
        imap.wait(wake[0], 0.05)
        wake[1].send(b"x")
        assert imap.wait(wake[0], 5) is True
        assert imap.uids_after(0) == []
        imap.close()
    assert sum("IDLE" in command for command in server.commands) == 1


@pytest.mark.parametrize("end", [[CLOSE], [b"* BYE shutting down\r\n", CLOSE]], ids=["fin", "bye"])
def test_a_connection_that_ends_in_idle_does_not_spin(end: list[Piece], wake: Wake) -> None:
    with FakeImap({"IDLE": [[b"+ idling\r\n", 0.05, *end]]}) as server:
        imap = fake(server)
        imap.connect()
        with pytest.raises(TryLater):
            imap.wait(wake[0], 5)
        assert not imap.connected


def test_a_mail_that_vanished_is_not_caught() -> None:
    body = b"* 1 FETCH (UID 5 INTERNALDATE NIL BODY[] NIL)\r\n* 2 FETCH (UID 6 FLAGS ())\r\n{tag} OK done\r\n"
    with FakeImap({"UID FETCH": [body]}) as server:
        imap = fake(server)
        imap.connect()
        assert imap.fetch({5: Size(10, AT), 6: Size(10, AT)}).mails == ()
        imap.close()


def test_a_mail_that_the_server_cannot_hand_over_keeps_no_other_back() -> None:
    good = b'* 2 FETCH (UID 6 INTERNALDATE "01-Mar-2026 10:30:00 +0100" BODY[] {4}\r\nmail)\r\n{tag} OK done\r\n'
    refusal = b"{tag} NO [SERVERBUG] Internal error\r\n"
    with FakeImap({"UID FETCH": [refusal, refusal, good]}) as server:
        imap = fake(server)
        imap.connect()
        catch = imap.fetch({5: Size(10, AT), 6: Size(4, AT)})
        assert [(mail.uid, mail.raw, mail.internaldate) for mail in catch.mails] == [(6, b"mail", AT)]
        assert "Internal error" in catch.refused[5]
        imap.close()


def test_a_server_that_hands_over_nothing_is_try_later() -> None:
    with FakeImap({"UID FETCH": [b"{tag} NO [UNAVAILABLE] storage\r\n"]}) as server:
        imap = fake(server)
        imap.connect()
        with pytest.raises(TryLater, match="storage"):
            imap.fetch({5: Size(10, AT), 6: Size(4, AT)})
        assert imap.connected
        imap.close()


def test_a_server_that_limits_what_is_fetched_is_not_asked_for_each_mail() -> None:
    """And no mail gets a bad mark for it."""
    refusal = b"{tag} NO [ALERT] Account exceeded command or bandwidth limits. (Failure)\r\n"
    with FakeImap({"UID FETCH": [refusal]}) as server:
        imap = fake(server)
        imap.connect()
        with pytest.raises(Limited, match="bandwidth limits") as failure:
            imap.fetch({5: Size(10, AT), 6: Size(4, AT)})
        assert failure.value.limit is Limit.RATE
        assert sum("UID FETCH" in one for one in server.commands) == 1
        imap.close()


def test_a_lone_mail_of_a_server_that_is_not_available_gets_no_bad_mark() -> None:
    with FakeImap({"UID FETCH": [b"{tag} NO [UNAVAILABLE] storage\r\n"]}) as server:
        imap = fake(server)
        imap.connect()
        with pytest.raises(Limited, match="storage"):
            imap.fetch({5: Size(10, AT)})
        imap.close()


@pytest.mark.parametrize(
    ("script", "greeting", "limit"),
    [
        ({}, b"* BYE [ALERT] Too many simultaneous connections. (Failure)\r\n", Limit.CONNECTIONS),
        ({}, b"* BYE [UNAVAILABLE] Server unavailable. 15\r\n", Limit.BUSY),
        ({"LOGIN": [b"{tag} NO [LIMIT] Maximum number of connections exceeded\r\n"]}, b"", Limit.CONNECTIONS),
        ({"LOGIN": [[b"* BYE Too many login attempts\r\n", CLOSE]]}, b"", Limit.RATE),
        ({"UID SEARCH": [b"{tag} BAD Request is throttled. Suggested Backoff Time: 9000 milliseconds\r\n"]}, b"",
         Limit.RATE),
        ({"UID SEARCH": [[b"* BYE Server Busy\r\n", CLOSE]]}, b"", Limit.BUSY),
    ],
    ids=["bye at once", "bye, busy", "login", "bye at login", "search", "bye at search"],
)  # fmt: skip
def test_a_limit_is_known_wherever_it_is_said(script: Script, greeting: bytes, limit: Limit) -> None:
    with FakeImap(script, greeting or b"* OK hello\r\n") as server:
        imap = fake(server)

        def work() -> None:
            imap.connect()
            imap.uids_after(0)

        with pytest.raises(Limited) as failure:
            work()
        assert failure.value.limit is limit
        imap.close()


def test_a_greeting_that_trickles_is_cut_off() -> None:
    with FakeImap(greeting=b"") as server:
        stop = threading.Event()

        def trickle() -> None:
            while not stop.wait(0.05):
                server.push(b"*")

        threading.Timer(0.1, trickle).start()
        settings = ImapSettings(host="127.0.0.1", port=server.port, security="none", username="me")
        began = time.monotonic()
        with pytest.raises(TryLater):
            Imap(settings, connect_seconds=0.3, read_seconds=0.3).connect()
        stop.set()
        assert time.monotonic() - began < 2


def test_a_silent_server_is_given_up() -> None:
    with FakeImap(greeting=b"") as server, pytest.raises(TryLater, match="no answer"):
        fake(server, read_seconds=0.2).connect()


@pytest.mark.parametrize(
    ("script", "words", "lasting"),
    [
        ({"LOGIN": [b"{tag} NO [UNAVAILABLE] directory down\r\n"]}, "takes no login now", False),
        ({"LOGIN": [b"{tag} NO [AUTHENTICATIONFAILED] no\r\n"]}, "login as me refused", True),
        ({"CAPABILITY": [b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{tag} OK done\r\n"]}, "takes no password", True),
        ({"SELECT": [b"* OK [UIDVALIDITY 7] ok\r\n{tag} OK [READ-ONLY] done\r\n"]}, "read-only", True),
        ({"SELECT": [b"{tag} NO [INUSE] locked\r\n"]}, "could not open the folder INBOX", False),
        ({"CAPABILITY": [b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n", [CLOSE]]}, "closed the connection", False),
    ],
    ids=["busy", "password", "logindisabled", "read-only", "in use", "gone"],
)
def test_a_refusal_says_whether_it_will_pass(script: Script, words: str, lasting: bool) -> None:
    with FakeImap(script) as server:
        with pytest.raises(TryLater, match=words) as failure:
            fake(server).connect()
        assert isinstance(failure.value, Misconfigured) is lasting
        assert "pw" not in str(failure.value)


def test_a_server_without_starttls_gets_no_password() -> None:
    with FakeImap() as server:
        with pytest.raises(Misconfigured, match="offers no STARTTLS"):
            fake(server, security="starttls").connect()
        assert not any("LOGIN" in command for command in server.commands)


def test_folders_are_spelled_as_the_server_does() -> None:
    script: Script = {
        "CAPABILITY": [b"* CAPABILITY IMAP4rev1 NAMESPACE\r\n{tag} OK done\r\n"],
        "NAMESPACE": [b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\n{tag} OK done\r\n'],
        "LIST": [b"{tag} OK none\r\n"],
        "SUBSCRIBE": [b"{tag} OK done\r\n"],
    }
    with FakeImap(script) as server:
        imap = fake(server, processed_folder="Intake/Erledigt ü", quarantine_folder="Intake/Erledigt ü")
        imap.connect()
        imap.close()
    assert any(command.endswith('CREATE "INBOX.Intake.Erledigt &APw-"') for command in server.commands)


def test_a_token_is_sent_and_its_refusal_explained(tmp_path: Path) -> None:
    capability = b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n{tag} OK done\r\n"
    challenge = b"+ " + base64.b64encode(b'{"status":"401"}') + b"\r\n"
    refusal: list[Piece] = [b"+ \r\n", 0.05, challenge, b"{tag} NO failed\r\n"]
    with FakeImap({"CAPABILITY": [capability], "AUTHENTICATE": [refusal]}) as server:
        grant = Grant("support", "microsoft", "client_credentials", tmp_path / "token.json")
        source_of(grant).adopt(Obtained("pw", 3600))
        with pytest.raises(Misconfigured, match=r"status 401, failed\); .*Add-MailboxPermission"):
            fake(server, auth="xoauth2", grant=grant).connect()
        # The server answers by its script and reads when it comes to it.
        token, end = base64.b64encode(b"user=me\x01auth=Bearer pw\x01\x01").decode(), time.monotonic() + 5
        while token not in server.commands and time.monotonic() < end:
            time.sleep(0.01)
        assert token in server.commands


def test_a_login_that_is_good_for_another_mailbox_is_told_with_the_remedy() -> None:
    """As Exchange does, which lets in whoever has a token and then refuses every command."""
    script: Script = {"LIST": [b"{tag} BAD User is authenticated but not connected.\r\n"]}
    with (
        FakeImap(script) as server,
        pytest.raises(Misconfigured, match="let the login into the mailbox"),
    ):
        fake(server).connect()


def test_batches_respect_both_limits() -> None:
    sizes = {uid: Size(size, AT) for uid, size in enumerate([5, 5, 11, 1, 1, 1, 1, 9], start=1)}
    assert [list(batch) for batch in batches(sizes, 10, 3)] == [[1, 2], [3], [4, 5, 6], [7, 8]]
    assert list(batches({}, 10, 3)) == []
