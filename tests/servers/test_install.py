"""What is missing is known by its program."""

from pathlib import Path

from tests.servers.install import missing


def test_a_client_without_its_server_is_missing(tmp_path: Path) -> None:
    """Debian's packages of PostgreSQL's client and server share a directory."""
    programs = tmp_path / "postgresql" / "15" / "bin"
    programs.mkdir(parents=True)
    (programs / "psql").touch()
    wanted = {"postgresql": tmp_path / "postgresql" / "*" / "bin" / "postgres"}
    assert missing(wanted) == ["postgresql"]
    (programs / "postgres").touch()
    assert missing(wanted) == []
