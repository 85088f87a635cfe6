"""Writes what `intake init` leaves in a directory: all of it or nothing, over nobody's work.

A file that is as `init` writes it without being asked anything is nobody's work yet (a package lays such files down).
Secrets are readable by their owner alone.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

CONTRACT_COLUMNS = (
    "contract,organization,policy,plan,starts,ends,paid,version,"
    "account_manager,distributor,support_partner,expert_hours"
)
CONTACT_COLUMNS = "email,name,contract,role,trainings,language"
CONTRACTS = f"""\
{CONTRACT_COLUMNS}
C-1001,Example Customer,irex,standard,2026-01-01,2026-12-31,yes,,,,,
"""
CONTACTS = f"""\
{CONTACT_COLUMNS}
ana@customer.example,Ana Ruiz,C-1001,admin,,en
"""
SECRETS = "credentials"


def samples() -> dict[str, str]:
    """What is written where nothing was asked, by its place below the directory."""
    from intake.config_sample import sample
    from intake.policy_reference import reference
    from intake.shipped import copies
    from templates.render import shipped_files

    texts = {"intake.toml": sample(), "contracts.csv": CONTRACTS, "contacts.csv": CONTACTS}
    texts |= {"policy-reference.md": reference()} | {f"shipped/{name}": text for name, text in copies().items()}
    return texts | {f"templates/{name}": text for name, text in shipped_files().items()}


def in_the_way(directory: Path, names: Mapping[str, str]) -> list[str]:
    """Those of the files that are there already and somebody's work. `names` are samples with their text."""
    return [name for name, text in names.items() if _is_work(directory / name, text)]


def write(directory: Path, texts: Mapping[str, str | bytes]) -> None:
    """All of them, by their place below the directory, which is made; what is below credentials/ with mode 0600.

    Raises OSError with nothing changed. An interrupt, too, leaves all or nothing.
    """
    made = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    stage = None
    try:
        stage = Path(tempfile.mkdtemp(prefix=".init-", dir=directory))
        for name, text in texts.items():
            _write(stage / name, text, secret=_is_secret(name))
        _place(stage, directory, texts)
    except BaseException:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        if made and not any(directory.iterdir()):
            directory.rmdir()
        raise
    shutil.rmtree(stage)


def _place(stage: Path, directory: Path, texts: Mapping[str, str | bytes]) -> None:
    placed: list[tuple[Path, Path]] = []
    folders: list[Path] = []
    try:
        for name in texts:
            target = directory / name
            folders += _folders_for(target, secret=_is_secret(name))
            kept = stage / f"{name}.before"
            if target.exists():
                target.replace(kept)
            placed.append((target, kept))
            (stage / name).replace(target)
        folders += _folders_for(directory / SECRETS / "any", secret=True)
    except BaseException:
        for target, kept in reversed(placed):
            if kept.exists():
                kept.replace(target)
            else:
                target.unlink(missing_ok=True)
        for folder in reversed(folders):
            folder.rmdir()
        raise


def _folders_for(target: Path, *, secret: bool) -> list[Path]:
    """Makes the folders above it; those that were not there, the outermost first."""
    missing = [folder for folder in target.parents if not folder.exists()][::-1]
    for folder in missing:
        folder.mkdir(mode=0o700 if secret else 0o777)
    return missing


def _write(path: Path, text: str | bytes, *, secret: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode() if isinstance(text, str) else text
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o666), "wb") as file:
        file.write(content)


def _is_secret(name: str) -> bool:
    return name.startswith(f"{SECRETS}/")


def _is_work(file: Path, sample: str) -> bool:
    if not file.exists():
        return False
    try:
        return file.read_bytes() != sample.encode()
    except OSError:
        return True
