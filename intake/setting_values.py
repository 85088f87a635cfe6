"""The values that keys of `intake.toml` hold, each with what makes one right, and what every table has in common.

What is wrong is said as "problem; remedy" in a ValueError, which `intake.config_faults` takes apart.
"""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from intake.addresses import is_address
from intake.letter_bytes import needs_smtputf8, unaddressable, wire_address
from rules.calendar import BadHours, weekly_spans


def _address(value: str) -> str:
    if not is_address(value):
        raise ValueError("is not an e-mail address; write name@example.com")
    if why := unaddressable(value):  # else every mail would fail at its letter or its notice
        raise ValueError(f"no letter can be addressed to it, because {why}")
    return value


def _own_address(value: str) -> str:
    if needs_smtputf8([wire_address(value)]):
        raise ValueError("has letters beyond ASCII before the @, which not every server takes as a sender")
    return value


def _place(value: str) -> str:
    return value if "://" in value else _address(value)


def _plain(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a control character; write it on one line of plain text")
    return value


def _hours(value: str) -> str:
    try:
        weekly_spans(value)
    except BadHours as fault:
        raise ValueError(f"{value!r} cannot be read; {fault}") from None
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value or "UTC")
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {value!r}; write an IANA name such as Europe/Brussels") from None
    return value


Text = Annotated[str, AfterValidator(_plain)]
Email = Annotated[str, AfterValidator(_address)]
OwnEmail = Annotated[Email, AfterValidator(_own_address)]
Place = Annotated[Text, AfterValidator(_place)]
Hours = Annotated[str, AfterValidator(_hours)]
Zone = Annotated[Text, AfterValidator(_zone)]
Port = Annotated[int, Field(ge=1, le=65535)]
Several = Annotated[int, Field(ge=1)]
Security = Literal["tls", "starttls", "none"]
Auth = Literal["password", "xoauth2"]
LogLevel = Literal["debug", "info", "warning", "error"]


class Section(BaseModel):
    """Any table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
