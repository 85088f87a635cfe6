"""Reads single answers of `intake init`: the text of a person or a flag into a value, or ValueError with what is wrong.

What a key of the configuration takes is asked of the settings themselves, so that no answer is refused later.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from intake.cli.output import Refused


def of_type(kind: Any) -> Callable[[str], str]:
    from pydantic import TypeAdapter

    return _validated(TypeAdapter(kind).validate_python)


def mailbox_key(name: str) -> Callable[[str], str]:
    """As the configuration would read that key of a mailbox."""
    from pydantic import TypeAdapter

    from intake.settings import MailboxSettings

    field = MailboxSettings.model_fields[name]
    kind: Any = Annotated[field.annotation, field]
    return _validated(TypeAdapter(kind).validate_python)


def _validated(validate: Callable[[str], str]) -> Callable[[str], str]:
    from pydantic import ValidationError

    from intake.config_faults import explain_error

    def read(answer: str) -> str:
        try:
            return validate(answer)
        except ValidationError as error:
            problem, remedy = explain_error(error.errors(include_url=False)[0], [])
            raise ValueError(f"{problem}; {remedy}") from None

    return read


def needed(read: Callable[[str], str]) -> Callable[[str], str]:
    def read_needed(answer: str) -> str:
        if not answer:
            raise ValueError("an answer is needed here")
        return read(answer)

    return read_needed


def existing_file(answer: str) -> str:
    path = Path(answer).expanduser()
    if answer and not path.is_file():
        raise ValueError(f"there is no file {path}")
    return str(path.absolute()) if answer else ""


def shown_path(path: Path | None) -> str | None:
    return None if path is None else str(path)


def host_and_port(answer: str) -> tuple[str, int]:
    """0 where no port is named. Raises ValueError."""
    host, colon, port = answer.rpartition(":")
    if not colon or answer.endswith("]") or (":" in host and not host.endswith("]")):
        host, port = answer, ""
    host = host.strip("[]")
    if not host or not host.isprintable() or " " in host or "@" in host or "/" in host:
        raise ValueError("write the name of a server, or name:port")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise ValueError(f"{port} is no port; write a number from 1 to 65535")
    return host, int(port or 0)


def secret_in(path: Path | None, flag: str) -> str:
    if path is None:
        return ""
    try:
        secret = path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise Refused(f"{flag} {path}: cannot be read ({error.strerror})", 2) from None
    except UnicodeDecodeError:
        raise Refused(f"{flag} {path}: is not UTF-8 text", 2) from None
    if not secret:
        raise Refused(f"{flag} {path}: is empty", 2)
    return secret
