"""The configuration: what loads, and how every fault is told."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.config import ConfigFaults, Fault, find, inspect, load
from intake.config_faults import key_lines
from intake.config_sample import sample
from intake.setting_values import Section
from intake.settings import Queue, Settings, section_of

MINIMAL = """\
[storage]
url = "sqlite:///intake.db"

[[mailbox]]
name = "support"
address = "support@example.com"
policy = "irex"
ticket_prefix = "EX"
[mailbox.imap]
host = "imap.example.com"
username = "support@example.com"
password_file = "imap-password"
[mailbox.smtp]
host = "smtp.example.com"
username = "support@example.com"
password_file = "smtp-password"
"""

SECOND = """
[[mailbox]]
name = "sales"
address = "sales@example.com"
policy = "irex"
ticket_prefix = "SA"
[mailbox.imap]
host = "imap.example.com"
username = "sales@example.com"
password_file = "imap-password"
[mailbox.smtp]
host = "localhost"
security = "none"
"""


def written(directory: Path, text: str = MINIMAL, *, passwords: bool = True) -> Path:
    if passwords:
        for name in ("imap-password", "smtp-password"):
            secret = directory / name
            secret.write_text(f"the {name}\n", encoding="utf-8")
            secret.chmod(0o600)
    path = directory / "intake.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(path: Path, **environ: str) -> tuple[Fault, ...]:
    with pytest.raises(ConfigFaults) as raised:
        load(path, environ=environ)
    return raised.value.faults


def test_the_smallest_file_loads_with_the_documented_defaults(tmp_path: Path) -> None:
    settings = load(written(tmp_path), environ={})
    mailbox = settings.mailbox[0]
    assert (mailbox.mode, mailbox.imap.port, mailbox.imap.security, mailbox.imap.folder) == (
        "live",
        993,
        "tls",
        "INBOX",
    )
    assert (mailbox.smtp.port, mailbox.smtp.security, mailbox.imap.poll_seconds) == (587, "starttls", 60)
    assert (mailbox.imap.processed_folder, mailbox.imap.quarantine_folder) == ("Intake/Processed", "Intake/Quarantine")
    assert settings.daemon.max_mail_bytes == 50_000_000
    assert settings.staff == ()


def test_relative_files_are_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    text = MINIMAL.replace('"irex"', '"my/policy.toml"').replace("[mailbox.smtp]", '[mailbox.smtp]\nca_file = "ca.pem"')
    settings = load(written(tmp_path, text), environ={})
    assert settings.mailbox[0].policy == str(tmp_path / "my/policy.toml")
    assert settings.mailbox[0].smtp.ca_file == str(tmp_path / "ca.pem")
    assert settings.storage.url == f"sqlite:///{tmp_path}/intake.db"


@pytest.mark.parametrize("url", ["sqlite:////var/lib/x.db", "postgresql+psycopg://intake@db/intake", "sqlite://"])
def test_other_database_urls_stay_as_they_are(tmp_path: Path, url: str) -> None:
    assert load(written(tmp_path, MINIMAL.replace("sqlite:///intake.db", url)), environ={}).storage.url == url


@pytest.mark.parametrize("url", ["sqlite://intake.db", "mysql://db/intake", "/var/lib/intake.db", ""])
def test_a_database_that_nobody_knows_is_a_fault_of_its_line(tmp_path: Path, url: str) -> None:
    """Every command met it with a fault of its own, and the check had called it good."""
    with pytest.raises(ConfigFaults) as told:
        load(written(tmp_path, MINIMAL.replace("sqlite:///intake.db", url)), environ={})
    (fault,) = told.value.faults
    assert (fault.key, fault.line) == ("storage.url", 2)
    assert "sqlite:////var/lib/intake/intake.db" in fault.remedy


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(path, environ={}).mailbox


def test_all_faults_come_at_once_with_line_key_and_remedy(tmp_path: Path) -> None:
    text = MINIMAL.replace("ticket_prefix", "ticket_prefx").replace(
        "[mailbox.smtp]", "prot = 99\n[mailbox.smtp]\nport = 99999"
    )
    found = {fault.key: fault for fault in faults_of(written(tmp_path, text))}
    assert set(found) == {
        "mailbox[0].ticket_prefx",
        "mailbox[0].ticket_prefix",
        "mailbox[0].imap.prot",
        "mailbox[0].smtp.port",
    }
    assert found["mailbox[0].ticket_prefx"].line == 8
    assert found["mailbox[0].ticket_prefx"].remedy == 'did you mean "ticket_prefix"?'
    assert found["mailbox[0].imap.prot"].remedy == 'did you mean "port"?'
    assert "99999" in found["mailbox[0].smtp.port"].problem
    assert found["mailbox[0].ticket_prefix"].problem == "is missing"


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('"support"', '"Support Team"', "mailbox[0].name", "write small letters"),
        ('address = "support@example.com"', 'address = "sup@a_b.example"', "mailbox[0].address", "not a domain name"),
        (
            "[storage]",
            '[queues.senior]\nnotify = ["pager"]\n[storage]',
            "queues.senior.notify[0]",
            "not an e-mail address",
        ),
        (
            "[storage]",
            '[queues.senior]\nnotify = ["p@a_b.x"]\n[storage]',
            "queues.senior.notify[0]",
            "not a domain name",
        ),
        ('address = "support@example.com"', 'address = "süd@b.example"', "mailbox[0].address", "letters beyond ASCII"),
        ('address = "support@example.com"', 'address = "support"', "mailbox[0].address", "not an e-mail address"),
        ('"EX"', '"ex-"', "mailbox[0].ticket_prefix", "capital letters"),
        (
            'host = "imap.example.com"',
            'host = "imap.example.com"\nsecurity = "none"',
            "mailbox[0].imap.security",
            "clear",
        ),
        ('host = "imap.example.com"', 'host = "a"\nsecurity = "ssl"', "mailbox[0].imap.security", "'tls'"),
        ('host = "imap.example.com"', 'host = "a"\nca_file = "no.pem"', "mailbox[0].imap.ca_file", "there is no file"),
        ('host = "imap.example.com"', 'host = "a\\u000db"', "mailbox[0].imap.host", "control character"),
        ('password_file = "imap-password"', "", "mailbox[0].imap.username", "no password"),
        ('password_file = "imap-password"', 'password_env = "NOPE"', "mailbox[0].imap.password_env", "NOPE is not set"),
        ('"imap-password"', '"absent"', "mailbox[0].imap.password_file", "no such file"),
        ('"imap-password"', '"absent"\npassword_env = "X"', "mailbox[0].imap.password_env", "as well"),
        (
            'username = "support@example.com"\npassword_file = "smtp',
            'password_file = "smtp',
            "mailbox[0].smtp.username",
            "empty",
        ),
        ("[storage]", "[stroage]", "stroage", "unknown key"),
        (
            "[storage]",
            '[queues.on_call]\nnotify = ["p@example.com", "tgrm://hush/hush"]\n[storage]',
            "queues.on_call.notify[1]",
            '"tgrm://" names no service',
        ),
        (
            "[storage]",
            '[[queues.on_call.shift]]\nhours = ["always"]\ntimezone = "UTC"\nnotify = ["slack://hush"]\n[storage]',
            "queues.on_call.shift[0].notify[0]",
            'what follows "slack://" is not what Apprise expects',
        ),
        (
            "[storage]",
            '[[queues.on_call.shift]]\nhours = ["Mon 9-17"]\ntimezone = "UTC"\nnotify = ["p@example.com"]\n[storage]',
            "queues.on_call.shift[0].hours[0]",
            "'Mon 9-17' cannot be read",
        ),
        (
            "[storage]",
            '[[queues.on_call.shift]]\nhours = ["always"]\ntimezone = "Berlin"\nnotify = ["p@example.com"]\n[storage]',
            "queues.on_call.shift[0].timezone",
            "there is no time zone 'Berlin'",
        ),
        (
            "[storage]",
            '[[staff]]\nname = "Sam"\nemail = "sam@example.com"\nhours = ["Mon-Fri 09:00-17:00"]\n[storage]',
            "staff[0].timezone",
            "is missing although there are hours",
        ),
        (
            "[storage]",
            '[[staff]]\nname = "Sam"\nemail = "sam@example.com"\ndigest = "08:30"\n[storage]',
            "staff[0].timezone",
            "is missing although there is a digest",
        ),
    ],
)
def test_a_single_fault_is_named(tmp_path: Path, old: str, new: str, key: str, words: str) -> None:
    found = [fault for fault in faults_of(written(tmp_path, MINIMAL.replace(old, new))) if fault.key == key]
    assert len(found) == 1
    assert words in f"{found[0].problem}; {found[0].remedy}"
    assert found[0].remedy
    assert found[0].line


def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = MINIMAL.replace('password_file = "imap-password"', 'password = "hunter2"')
    found = faults_of(written(tmp_path, text))
    assert "mailbox[0].imap.password" in {fault.key for fault in found}
    assert "hunter2" not in "".join(map(str, found))


@pytest.mark.parametrize(
    "value", ['"json://hush"', '["slack://hush"]', '["qqq://hush"]', '[["json://hush"]]', '["a\\u0007://hush"]']
)
def test_nothing_of_a_pagers_url_is_repeated(tmp_path: Path, value: str) -> None:
    found = faults_of(written(tmp_path, f"{MINIMAL}[queues.on_call]\nnotify = {value}\n"))
    assert found
    assert "hush" not in "".join(map(str, found))


def test_a_pagers_url_is_taken_from_a_file_of_its_own(tmp_path: Path) -> None:
    pager = tmp_path / "pager-url"
    pager.write_text("json://hush.example/hush\n")
    pager.chmod(0o600)
    text = MINIMAL + '[queues.on_call]\nnotify = ["p@example.com", "file://pager-url"]\n'
    loaded = inspect(written(tmp_path, text), environ={})
    assert loaded.settings.queues["on_call"].notify == ("p@example.com", "json://hush.example/hush")
    assert loaded.warnings == ()
    assert "hush" not in repr(loaded.settings)
    pager.chmod(0o644)
    (warning,) = inspect(written(tmp_path, text), environ={}).warnings
    assert (warning.key, "every user" in warning.problem) == ("queues.on_call.notify[1]", True)


@pytest.mark.parametrize(
    ("holds", "problem"),
    [
        ("hush", "the file holds no URL"),
        ("qqq://hush", '"qqq://" names no service'),
        ("", "is empty"),
        (None, "no such"),
    ],
)
def test_a_file_without_a_usable_url_is_told_without_what_it_holds(
    tmp_path: Path, holds: str | None, problem: str
) -> None:
    if holds is not None:
        (tmp_path / "pager").write_text(holds)
        (tmp_path / "pager").chmod(0o600)
    shift = 'hours = ["always"]\ntimezone = "UTC"\nnotify = ["file://pager"]\n'
    (fault,) = faults_of(written(tmp_path, f"{MINIMAL}[[queues.on_call.shift]]\n{shift}"))
    assert fault.key == "queues.on_call.shift[0].notify[0]"
    assert fault.line
    assert problem in fault.problem
    assert "password" not in fault.remedy
    assert "hush" not in str(fault)


def test_a_command_that_logs_in_nowhere_asks_nothing_of_apprise(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL + '[queues.on_call]\nnotify = ["qqq://x"]\n')
    assert load(path, secrets=False, environ={}).queues["on_call"].notify == ("qqq://x",)


def test_a_file_without_a_mailbox_is_refused(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, 'mailbox = []\n[storage]\nurl = "sqlite://"\n'))
    assert (fault.key, fault.line) == ("mailbox", 1)


def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, MINIMAL + "nonsense\n"))
    assert (fault.line, fault.problem[:11]) == (17, "is not TOML")


def test_a_file_that_is_not_there_names_the_way_to_one(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "none.toml")
    assert "intake init" in fault.remedy


@pytest.mark.parametrize("name", ["processed_folder", "quarantine_folder"])
def test_mail_may_not_be_filed_where_it_arrives(tmp_path: Path, name: str) -> None:
    """Each move would make it a new mail there, without end."""
    text = MINIMAL.replace("[mailbox.imap]", f'[mailbox.imap]\n{name} = "inbox"')
    assert [fault.key for fault in faults_of(written(tmp_path, text))] == [f"mailbox[0].imap.{name}"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('name = "sales"', 'name = "support"', "mailbox[1].name"),
        ('"SA"', '"EX"', "mailbox[1].ticket_prefix"),
        ('username = "sales@example.com"', 'username = "support@example.com"', "mailbox[1].imap.folder"),
    ],
)
def test_two_mailboxes_may_not_take_from_each_other(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert len(load(written(tmp_path, MINIMAL + SECOND), environ={}).mailbox) == 2
    assert [fault.key for fault in faults_of(written(tmp_path, MINIMAL + SECOND.replace(old, new)))] == [key]


def test_staff_are_listed_once_and_are_not_the_mailbox(tmp_path: Path) -> None:
    staff = '\n[[staff]]\nname = "Sam"\nemail = "{}"\nqueues = ["support"]\n'
    once = MINIMAL + staff.format("sam@example.com")
    assert load(written(tmp_path, once), environ={}).staff[0].queues == ("support",)
    (fault,) = faults_of(written(tmp_path, once + staff.format("Sam@Example.com")))
    assert fault.key == "staff[1].email"
    (fault,) = faults_of(written(tmp_path, MINIMAL + staff.format("support@example.com")))
    assert fault.key == "staff[0].email"


def test_a_secret_is_found_in_the_credentials_directory_first(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "imap-password").write_text("from systemd")
    settings = load(path, environ={"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")})
    assert settings.mailbox[0].imap.password.get_secret_value() == "from systemd"
    assert settings.mailbox[0].smtp.password.get_secret_value() == "the smtp-password"


def test_a_secret_in_the_environment_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL.replace('password_file = "imap-password"', 'password_env = "IMAP"'))
    assert load(path, environ={"IMAP": "s3cret"}).mailbox[0].imap.password.get_secret_value() == "s3cret"


def test_no_secret_is_looked_for_by_a_command_that_needs_none(tmp_path: Path) -> None:
    settings = load(written(tmp_path, passwords=False), secrets=False, environ={})
    assert settings.mailbox[0].imap.password.get_secret_value() == ""


def test_an_empty_secret_is_a_fault(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "imap-password").write_text("\n")
    (fault,) = faults_of(path)
    assert fault.problem.endswith("is empty")


def test_a_secret_that_everybody_can_read_is_worth_a_warning(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert inspect(path, environ={}).warnings == ()
    (tmp_path / "imap-password").chmod(0o644)
    (warning,) = inspect(path, environ={}).warnings
    assert warning.key == "mailbox[0].imap.password_file"
    assert "every user" in warning.problem


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    settings = load(written(tmp_path), environ={})
    assert settings.mailbox[0].imap.password.get_secret_value() == "the imap-password"
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    assert "the imap-password" not in shown


def test_the_file_is_the_one_given_then_the_environment_then_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find(Path("given.toml"), {"INTAKE_CONFIG": "named.toml"}) == Path("given.toml")
    assert find(None, {"INTAKE_CONFIG": "named.toml"}) == Path("named.toml")
    written(tmp_path)
    assert find(None, {}) == Path("intake.toml")


def test_without_any_file_the_ways_to_name_one_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("intake.config.DEFAULT_PLACES", (tmp_path / "no.toml",))
    with pytest.raises(ConfigFaults, match="--config"):
        find(None, {})


def test_the_sample_loads_and_holds_every_key(tmp_path: Path) -> None:
    path = written(tmp_path, sample())
    settings = load(path, environ={})
    assert settings.mailbox[0].name == "support"
    assert settings.queues["on_call"].notify == ("pager@example.com",)
    assert keys_of(tomllib.loads(sample())) == keys_of_model(Settings)


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("127.0.0.1:9464", ""),
        ("[::1]:9464", ""),
        ("0.0.0.0:9464", "can be reached from other machines"),
        ("[::]:9464", "can be reached from other machines"),
        (":9464", "metrics.listen"),
        ("127.0.0.1:99999", "names no port"),
        ("9464", "metrics.listen"),
    ],
)
def test_figures_are_served_to_this_machine_unless_it_says_otherwise(tmp_path: Path, listen: str, said: str) -> None:
    path = written(tmp_path, sample().replace('listen = ""', f'listen = "{listen}"'))
    if not said:
        assert load(path, environ={}).metrics.place == (listen.rpartition(":")[0].strip("[]"), 9464)
        return
    with pytest.raises(ConfigFaults, match=re.escape(said)):
        load(path, environ={})
    if "reached" in said:
        path.write_text(path.read_text().replace("beyond_loopback = false", "beyond_loopback = true"))
        assert load(path, environ={}).metrics.listen == listen


def test_every_key_of_the_sample_has_its_comment() -> None:
    lines = sample().splitlines()
    for above, line in itertools.pairwise(lines):
        if " = " in line and not line.startswith("#"):
            assert above.startswith("# "), line


@given(st.integers(0, 3000), st.integers(0, 40), st.text(max_size=20))
def test_whatever_a_slip_of_the_hand_does_the_answer_is_settings_or_faults(
    tmp_path_factory: pytest.TempPathFactory, at: int, gone: int, typed: str
) -> None:
    whole = sample()
    path = written(tmp_path_factory.getbasetemp(), (whole[:at] + typed + whole[at + gone :]).replace("\r", " "))
    faults: tuple[Fault, ...] = ()
    try:
        load(path, environ={})
    except ConfigFaults as told:
        faults = told.faults
    assert all(fault.problem and fault.remedy for fault in faults)


def test_lines_are_found_in_nested_lists() -> None:
    text = "[a]\nx = 1\n[[m]]\ny = 2\n[m.i]\nz = 3\n[[m]]\n[m.i] # c\n'z' = 4\n"
    lines = key_lines(text)
    assert (lines["a.x"], lines["m[0].y"], lines["m[0].i.z"], lines["m[1].i.z"]) == (2, 4, 6, 9)


def keys_of(table: dict[str, object], at: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in table.items():
        inner = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        found |= keys_of(inner, f"{at}{key}.") if isinstance(inner, dict) else {at + key}
    return found


def keys_of_model(model: type, at: str = "") -> set[str]:
    found: set[str] = set()
    assert issubclass(model, Section)
    for key, field in model.model_fields.items():
        section = section_of(field.annotation)
        if field.exclude:
            continue
        between = "on_call." if section is Queue else ""
        found |= keys_of_model(section, f"{at}{key}.{between}") if section else {at + key}
    return found
