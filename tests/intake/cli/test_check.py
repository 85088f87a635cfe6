"""`intake check`."""

from pathlib import Path

from tests.intake.cli.shell import CONFIG, house, intake


def test_good_is_said_and_ends_with_0(tmp_path: Path) -> None:
    ended = intake("check", "--config", house(tmp_path))
    assert (ended.status, ended.err) == (0, "")
    assert "support (irex, live)" in ended.out


def test_every_fault_is_a_line_with_file_key_and_remedy(tmp_path: Path) -> None:
    config = house(tmp_path, CONFIG.replace("port = 1\n", "prot = 1\n"))
    ended = intake("check", "--config", config)
    assert ended.status == 1
    assert [line.split()[0] for line in ended.out.splitlines()] == ["fault", "fault"]
    assert f"{config}:11: mailbox[0].imap.prot: unknown key; did you mean" in ended.out


def test_json_has_a_line_for_each_fault(tmp_path: Path) -> None:
    config = house(tmp_path, CONFIG.replace("port = 1\n", "prot = 1\n", 1))
    (fault,) = intake("check", "--json", "--config", config).objects
    assert fault["level"] == "fault"
    assert (fault["file"], fault["line"], fault["key"]) == (str(config), 11, "mailbox[0].imap.prot")


def test_connect_tries_every_login_and_fails_where_one_does(tmp_path: Path) -> None:
    config = house(tmp_path)
    ended = intake("check", "--connect", "--config", config)
    assert ended.status == 1
    told_offline = ("note", "good")
    assert [line.split()[:2] for line in ended.out.splitlines() if not line.startswith(told_offline)] == [
        ["fault", "database:"],
        ["fault", "imap"],
        ["fault", "smtp"],
    ]
    intake("db", "upgrade", "--config", config)
    told = intake("check", "--connect", "--json", "--config", config).objects
    assert [(one["part"], one["level"]) for one in told if one["level"] != "note"] == [
        ("database", "good"),
        ("imap support", "fault"),
        ("smtp support", "fault"),
    ]


def test_nothing_is_connected_to_with_a_configuration_that_cannot_be_used(tmp_path: Path) -> None:
    config = house(tmp_path, CONFIG.replace("port = 1\n", "prot = 1\n"))
    ended = intake("check", "--connect", "--config", config)
    assert (ended.status, "imap support" in ended.out) == (1, False)


def test_a_warning_alone_is_no_failure(tmp_path: Path) -> None:
    ended = intake("check", "--config", house(tmp_path, CONFIG.replace('"senior"]', '"senoir"]')))
    assert ended.status == 0
    assert "warning" in ended.out


def test_a_configuration_that_is_not_there_is_a_fault_too(tmp_path: Path) -> None:
    ended = intake("check", "--config", tmp_path / "none.toml")
    assert ended.status == 1
    assert "intake init" in ended.out
