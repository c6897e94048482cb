"""How the tests run: the plugins, Hypothesis's profiles, what CI may skip."""

import os
from collections.abc import Generator
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["events_core.testing.plugin"]
if find_spec("sqlalchemy"):  # the core is tested without its adapters too
    pytest_plugins.append("tests.postgres")

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# HYPOTHESIS_PROFILE=deep is for a night, and for whoever changes a rule.
for name, examples in {"quick": 40, "deep": 2000}.items():
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,  # a database answers when it answers
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],  # so does a busy machine
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "quick")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, all in one loop."""
    return "asyncio"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test has failed, unless it is marked `machine`."""
    report = yield
    may_skip = item.get_closest_marker("machine") or hasattr(report, "wasxfail")
    if IN_CI and report.skipped and not may_skip:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI may not: {report.longrepr}"
    return report
