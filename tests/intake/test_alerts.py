"""The alert rules for Prometheus: each is tried by Prometheus's own tool, on figures that are bad and that are well."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(str(files("intake") / "monitoring" / "alerts.yml"))
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for rule in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"][0]["rules"]
}
OF = {"mailbox": "support"}


@dataclass(frozen=True)
class Case:
    """Figures a minute, as promtool writes them: "0+60x90" is 0, 60, 120… 90 times more."""

    bad: dict[str, str]
    well: dict[str, str]
    labels: dict[str, str]
    minutes: int = 20


def mailbox(name: str, bad: str, well: str, minutes: int = 20) -> Case:
    series = f'{name}{{instance="a",mailbox="support"}}'
    return Case({series: bad}, {series: well}, OF, minutes)


def one(name: str, bad: str, well: str, minutes: int = 20) -> Case:
    return Case({name: bad}, {name: well}, {}, minutes)


UP, BUCKET = 'up{job="intake"}', "intake_acknowledgement_latency_seconds_bucket"
TOKEN, RENEWAL = "intake_token_expiry_timestamp_seconds", "intake_token_renewal_ok"
CERTIFICATE = 'intake_certificate_expiry_timestamp_seconds{mailbox="support",of="imap"}'
ON_A = '{instance="a",mailbox="support"}'
CASES = {
    "IntakeDown": Case({UP: "0x30"}, {UP: "1x30"}, {"job": "intake"}),
    "IntakeNotReady": one("intake_ready", "0x30", "0 0 0 1x30"),
    "IntakeStuck": one("intake_stuck_parts", "1x30", "0x30"),
    "IntakeStoreUnreadable": one("intake_store_up", "0x30", "0 0 0 1x30"),
    "IntakeMailUndecided": mailbox("intake_undecided_mail_oldest_age_seconds", "0+60x30", "0 60 120 0x30", 15),
    "IntakeMailboxNotConnected": mailbox("intake_mailbox_connected", "0x30", "0 0 0 1x30"),
    "IntakeMailFailing": mailbox("intake_failing_mails", "1x30", "1x9 0x30"),
    "IntakeMailQuarantined": mailbox('intake_mails_total{end="quarantined"}', "0 1x30", "7x30"),
    "IntakeMailNotFiled": mailbox("intake_unfiled_mail_oldest_age_seconds", "0+60x90", "0 60 0x90", 80),
    "IntakeLettersOld": mailbox("intake_outbox_oldest_letter_age_seconds", "0+60x90", "0 60 0x90", 80),
    "IntakeOutboxGrowing": mailbox("intake_outbox_letters", "0+10x90", "900-5x90", 60),
    "IntakeLettersRefused": mailbox('intake_letters_total{result="refused"}', "0+1x30", "0 1x30"),
    "IntakeNoticeRefused": one("intake_refused_notice_timestamp_seconds", "60x30", "-90000x30"),
    "IntakeAcknowledgementsSlow": Case(
        {f'{BUCKET}{{le="{le}",mailbox="support"}}': f"0+{rate}x90" for le, rate in (("300.0", 1), ("900.0", 9))}
        | {f'{BUCKET}{{le="+Inf",mailbox="support"}}': "0+9x90"},
        {f'{BUCKET}{{le="{le}",mailbox="support"}}': "0+9x90" for le in ("300.0", "900.0", "+Inf")},
        OF,
        60,
    ),
    "IntakePromiseMissed": Case(
        {'intake_promises_missed{kind="resolution"}': "1x30"},
        {'intake_promises_missed{kind="resolution"}': "0x30"},
        {"kind": "resolution"},
    ),
    "IntakePromiseDueSoon": Case(
        {'intake_promises_due_soon{kind="resolution"}': "1x30"},
        {'intake_promises_due_soon{kind="resolution"}': "0x30"},
        {"kind": "resolution"},
    ),
    "IntakeRequestHeld": one("intake_held_request_oldest_age_seconds", "90000+60x30", "80000+60x30"),
    "IntakeTokenNotRenewed": Case({RENEWAL + ON_A: "0x30"}, {RENEWAL + ON_A: "1x30"}, {"instance": "a", **OF}),
    "IntakeTokenEnds": Case(
        {TOKEN + ON_A: "1500x30", RENEWAL + ON_A: "0x30"},
        {TOKEN + ON_A: "1500x30", RENEWAL + ON_A: "1x30"},
        {"instance": "a", **OF},
    ),
    "IntakeCertificateEnds": Case({CERTIFICATE: "900000x90"}, {CERTIFICATE: "1300000x90"}, {"of": "imap", **OF}, 80),
    "IntakeReconciliationGap": mailbox("intake_reconciliation_gaps", "1x30", "0x30"),
    "IntakeLoopStopped": one("intake_stopped_loops", "1x30", "0x30"),
    "IntakePartTroubled": Case(
        {'intake_part_ok{part="smtp support"}': "0x30"},
        {'intake_part_ok{part="smtp support"}': "0x9 1x30"},
        {"part": "smtp support"},
    ),
    "IntakeDaemonSilent": Case(
        {'intake_daemon_heard_timestamp_seconds{daemon="daemon a"}': "60x30"},
        {'intake_daemon_heard_timestamp_seconds{daemon="daemon a"}': "0+60x30"},
        {"daemon": "daemon a"},
    ),
}


def test_every_alert_is_tried_and_says_what_it_means_and_what_to_do() -> None:
    assert CASES.keys() == RULES.keys()
    for rule in RULES.values():
        assert rule["annotations"].keys() == {"summary", "description"}
        assert rule["labels"]["severity"] in ("critical", "warning")


@pytest.mark.parametrize("how", ["bad", "well"])
def test_an_alert_is_raised_by_bad_figures_and_by_no_others(tmp_path: Path, how: str) -> None:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed (Debian's package prometheus has it)")
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": joined(name), "values": values} for name, values in getattr(case, how).items()],
            "alert_rule_test": [
                {
                    "eval_time": f"{case.minutes}m",
                    "alertname": alert,
                    "exp_alerts": [expected(alert, case)] if how == "bad" else [],
                }
            ],
        }
        for alert, case in CASES.items()
    ]
    written = tmp_path / "alerts_test.yml"  # JSON is YAML
    written.write_text(json.dumps({"rule_files": [str(FILE.resolve())], "evaluation_interval": "1m", "tests": tests}))
    ran = subprocess.run([tool, "test", "rules", str(written)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def joined(series: str) -> str:
    """ "x{a="1"}{b="2"}" as "x{a="1",b="2"}"."""
    return series.replace("}{", ",")


def expected(alert: str, case: Case) -> dict[str, dict[str, str]]:
    rule = RULES[alert]
    told = dict(rule["annotations"])
    for name, value in case.labels.items():
        told = {key: text.replace(f"{{{{ $labels.{name} }}}}", value) for key, text in told.items()}
    return {"exp_labels": {**case.labels, **rule["labels"]}, "exp_annotations": told}
