"""The rules and queries for Prometheus, held by its own program."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
TRIALS = sorted(PROMETHEUS.glob("*_test.yaml"))


@pytest.fixture(scope="module")
def promtool() -> str:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is missing: .ci/packages installs it")
    return program


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def content(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text()))


def test_prometheus_takes_the_rules(promtool: str) -> None:
    rules = PROMETHEUS / "alerts.yaml"
    run(promtool, "check", "rules", "--lint=all", "--lint-fatal", rules)


def test_prometheus_takes_every_query_of_the_dashboard(
    promtool: str, tmp_path: Path
) -> None:
    dashboard = json.loads((DEPLOY / "grafana/events.json").read_text())
    asked = [
        target["expr"].replace("$__rate_interval", "5m").replace("$job", "events")
        for panel in dashboard["panels"]
        for target in panel.get("targets", [])
    ]
    assert len(asked) > 30
    assert not [one for one in asked if "$" in one]
    rules = [{"record": f"asked:{i}", "expr": one} for i, one in enumerate(asked)]
    recorded = tmp_path / "asked.yaml"
    recorded.write_text(yaml.safe_dump({"groups": [{"name": "a", "rules": rules}]}))
    run(promtool, "check", "rules", recorded)


def test_each_alert_fires_when_it_should_and_not_when_not(promtool: str) -> None:
    run(promtool, "test", "rules", *TRIALS)


def test_each_alert_is_tried_when_it_should_fire_and_when_not() -> None:
    alerts = {
        rule["alert"]
        for group in content(PROMETHEUS / "alerts.yaml")["groups"]
        for rule in group["rules"]
    }
    tried = [
        (case["alertname"], "exp_alerts" in case)
        for path in TRIALS
        for trial in content(path)["tests"]
        for case in trial["alert_rule_test"]
    ]
    assert {name for name, fires in tried if fires} == alerts
    assert {name for name, fires in tried if not fires} == alerts
