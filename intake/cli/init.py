"""`intake init DIR`: a configuration, directory files and templates to start from, and how a policy is written."""

from pathlib import Path
from typing import Annotated

import typer

from intake.cli.options import Json
from intake.cli.output import Refused, json_line, say
from intake.printable import printable

CONTRACTS = """\
contract,organization,policy,plan,starts,ends,paid,version,account_manager,distributor,support_partner,expert_hours
C-1001,Example Customer,irex,standard,2026-01-01,2026-12-31,yes,,,,,
"""
CONTACTS = """\
email,name,contract,role,trainings,language
ana@customer.example,Ana Ruiz,C-1001,admin,,en
"""
NEXT = (
    "intake check",
    "intake db upgrade",
    "intake directory import contracts.csv contacts.csv",
    "intake check --connect",
    "intake run",
)


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Made where it does not exist.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    json: Json = False,
) -> None:
    """Write a commented configuration into a directory. With it come sample CSV files, copies of the templates and
    the shipped policies, and the reference of the policy language."""
    texts = files()
    there = [name for name in texts if (directory / name).exists()]
    if there and not force:
        raise Refused(f"{directory} holds {', '.join(there[:3])} already; name another directory, or add --force", 2)
    for name, text in texts.items():
        _write(directory / name, text)
    (directory / "credentials").mkdir(mode=0o700, exist_ok=True)
    if json:
        json_line({"directory": str(directory), "files": list(texts)})
        return
    say(f"{printable(str(directory))} now holds intake.toml, contracts.csv, contacts.csv, credentials/ and templates/;")
    say("policy-reference.md says how to write a support policy of your own; shipped/ holds some to copy.")
    say("Next, there: edit intake.toml and the CSV files; write the passwords into credentials/imap-password and")
    say("credentials/smtp-password, mode 0600; then")
    for step in NEXT:
        say(f"  {step}")


def files() -> dict[str, str]:
    """What is written, by its place below the directory."""
    from intake.config_sample import sample
    from intake.policy_reference import reference
    from intake.shipped import copies
    from templates.render import shipped_files

    texts = {"intake.toml": sample(), "contracts.csv": CONTRACTS, "contacts.csv": CONTACTS}
    texts |= {"policy-reference.md": reference()} | {f"shipped/{name}": text for name, text in copies().items()}
    return texts | {f"templates/{name}": text for name, text in shipped_files().items()}


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be written ({error.strerror}); name a directory that is yours", 2) from None
