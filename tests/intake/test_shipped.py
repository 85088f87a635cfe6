"""Policies found by name or by file, with their faults in the words of the configuration's."""

from pathlib import Path

import pytest

from intake.config_faults import ConfigFaults, Fault
from intake.shipped import DirectoryPolicies, policy_file, read_policy, shipped
from rules.policy import load
from templates.render import Renderer

LETTERS = Renderer(None).letters()


def faults_of(policy: str) -> tuple[Fault, ...]:
    with pytest.raises(ConfigFaults) as raised:
        read_policy(policy, LETTERS)
    return raised.value.faults


def test_every_shipped_policy_is_good() -> None:
    assert "irex" in shipped()
    for name in shipped():
        read = read_policy(name, LETTERS)
        assert read.policy.name == name
        assert read.text.startswith(policy_file(name).read_text(encoding="utf-8"))
        assert load(read.text, name=name, letters=LETTERS) == read.policy, "its phrases are looked through here alone"


def test_the_phrases_of_a_policy_of_ones_own_are_looked_through(tmp_path: Path) -> None:
    copy = tmp_path / "ours.toml"
    text = policy_file("irex").read_text(encoding="utf-8")
    copy.write_text(text + '\n[phrases.en.effect]\nstopped = ["r~d"]\n', encoding="utf-8")
    assert [fault.key for fault in faults_of(str(copy))] == ["phrases.en.effect.stopped"]


@pytest.mark.parametrize(
    ("edit", "looked_through"),
    [
        (("[budgets]\n", "[budgets]\nletters_per_mailbox_hour = 9\n"), False),
        (("[plans.standard]\n", "[plans.basic]\n"), True),  # phrases may be for a plan
        (("[words.en.groups]\n", '[words.en.groups]\nfruit = ["apple"]\n'), True),
        (("vocabulary = [", 'vocabulary = ["fr", '), True),
    ],
)
def test_a_copy_that_changes_no_words_is_not_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: tuple[str, str], *, looked_through: bool
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("intake.shipped.load_policy", lambda *_, proved, **__: asked.append(not proved))
    copy = tmp_path / "ours.toml"
    text = policy_file("irex").read_text(encoding="utf-8")
    assert edit[0] in text
    copy.write_text(text.replace(*edit), encoding="utf-8")
    read_policy(str(copy), LETTERS)
    assert asked == [looked_through]


def test_a_policy_that_brings_its_vocabularies_along_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    copy = tmp_path / "ours.toml"
    copy.write_text(read_policy("irex", LETTERS).text, encoding="utf-8")
    monkeypatch.setattr("intake.shipped.load_policy", lambda *_, proved, **__: asked.append(not proved))
    read_policy(str(copy), LETTERS)
    assert asked == [True]


def test_a_policy_file_of_ones_own_is_called_by_its_stem(tmp_path: Path) -> None:
    copy = tmp_path / "ours.toml"
    copy.write_text(policy_file("irex").read_text(encoding="utf-8"), encoding="utf-8")
    assert read_policy(str(copy), LETTERS).policy.name == "ours"


def test_a_slip_in_a_policy_is_told_with_file_line_and_remedy(tmp_path: Path) -> None:
    copy = tmp_path / "ours.toml"
    text = policy_file("irex").read_text(encoding="utf-8")
    copy.write_text(text.replace("timezone =", "timezon =", 1), encoding="utf-8")
    slip = next(fault for fault in faults_of(str(copy)) if fault.key == "timezon")
    assert slip.file == copy
    assert slip.line == text[: text.index("timezone =")].count("\n") + 1
    assert "timezone" in slip.remedy


def test_an_unknown_name_has_its_nearest() -> None:
    (fault,) = faults_of("irx")
    assert 'did you mean "irex"?' in fault.remedy


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults_of(str(tmp_path / "none.toml"))
    assert fault.problem == "cannot be read (No such file or directory)"


def test_a_file_that_is_not_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    (fault,) = faults_of(str(tmp_path / "odd.toml"))
    assert fault.problem == "is not UTF-8 text"


def test_the_directory_knows_the_plans_of_shipped_and_given_policies(tmp_path: Path) -> None:
    copy = tmp_path / "ours.toml"
    copy.write_text(policy_file("irex").read_text(encoding="utf-8"), encoding="utf-8")
    known = DirectoryPolicies([read_policy(str(copy), LETTERS).policy], LETTERS)
    assert {"ours", *shipped()} == set(known)
    assert len(known) == len(shipped()) + 1
    assert known["irex"] == known["ours"]
    assert known["irex"].plans == {"standard", "premier"}
    assert "none" not in known


def test_the_directory_learns_whom_a_policy_forwards_to() -> None:
    rules = DirectoryPolicies([], LETTERS)
    assert rules["onyxceph"].forwards_to == ("distributor", "support_partner")
    assert rules["irex"].forwards_to == ()
    assert (rules["lumedx"].needs_account_manager, rules["irex"].needs_account_manager) == (True, False)
