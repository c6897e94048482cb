"""Settings are read from the environment, and told with their sources."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.settings import (
    Directory,
    SettingsError,
    describe,
    read_settings,
    unknown_names,
)
from events_core.domain.destination import check_url

SECRET = "a-secret-of-more-than-thirty-two-bytes"


def test_nothing_set_is_the_documented_default() -> None:
    settings = read_settings({})
    assert settings.port == 8005
    assert settings.host == "127.0.0.1"
    assert settings.hmac_secret is None
    assert settings.access_url is None
    assert settings.directory is Directory.REMOTE


def test_an_empty_value_counts_as_not_set() -> None:
    assert read_settings({"EVENTS_PORT": " "}).port == 8005


def test_an_older_name_is_read_where_the_first_is_not_set() -> None:
    old, new = "http://old/api/v1", "http://new/api/v1"
    assert read_settings({"PORTAL_SERVICE_URL": old}).portal_url == old
    both = {"PORTAL_SERVICE_URL": old, "PORTAL_BASE_URL": new}
    assert read_settings(both).portal_url == new


def test_a_secret_can_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    settings = read_settings({"BFF_INTERNAL_HMAC_SECRET_FILE": str(file)})
    assert settings.hmac_secret == SECRET.encode()


def test_a_file_that_cannot_be_read_is_named_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="EVENTS_METRICS_TOKEN_FILE"):
        read_settings({"EVENTS_METRICS_TOKEN_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BFF_INTERNAL_HMAC_SECRET", "short"),
        ("ACCESS_BASE_URL", "ftp://access"),
        ("ACCESS_BASE_URL", "http://user:password@access"),
        ("PORTAL_BASE_URL", "portal:8003"),
        ("EVENTS_PORT", "65536"),
        ("EVENTS_PORT", "-1"),
        ("EVENTS_PORT", "٣"),
        ("EVENTS_DATABASE_URL", "mysql://root@localhost/events"),
        ("EVENTS_DATABASE_CONNECTIONS", "0"),
        ("EVENTS_CACHE_YES_SECONDS", "nan"),
        ("EVENTS_LOG_LEVEL", "loud"),
        ("EVENTS_DATABASE_PGBOUNCER", "perhaps"),
        ("EVENTS_DIRECTORY", "elsewhere"),
        ("EVENTS_RETRY_SCHEDULE", "1,,2"),
        ("EVENTS_RETRY_SCHEDULE", "soon"),
        ("EVENTS_RETRY_SCHEDULE", "1;2"),
        ("EVENTS_RETRY_SCHEDULE", "-1"),
        ("EVENTS_RETRY_SCHEDULE", "nan"),
        ("EVENTS_RETRY_SCHEDULE", "inf"),
        ("EVENTS_RETRY_SCHEDULE", "259200,1"),
        ("EVENTS_RETRY_SCHEDULE", ",".join(["1"] * 101)),
        ("EVENTS_WEBHOOK_ALLOWED_HOSTS", "http://activity"),
        ("EVENTS_WEBHOOK_ALLOWED_HOSTS", "activity:8004"),
        ("EVENTS_WEBHOOK_ALLOWED_HOSTS", "*.inner.example"),
        ("EVENTS_WEBHOOK_ALLOWED_HOSTS", "10.0.0.0/8"),
        ("EVENTS_WEBHOOK_ALLOWED_HOSTS", "a b"),
        ("EVENTS_WEBHOOK_ALLOWED_HOSTS", "[::1]"),
        ("EVENTS_WEBHOOK_ALLOWED_HOSTS", "bücher.example"),
        ("ACTIVITY_BASE_URL", "activity:8004"),
        ("ACTIVITY_BASE_URL", "http://"),
        ("ACTIVITY_BASE_URL", "http://activity:port"),
        ("ACTIVITY_BASE_URL", "http://activity:99999"),
        ("ACTIVITY_BASE_URL", "http://activity/a b"),
        ("ACTIVITY_BASE_URL", "http://activity/../v1"),
        ("ACTIVITY_BASE_URL", "http://me@activity"),
        ("ACTIVITY_BASE_URL", "http://activity/?x=1"),
        ("ACTIVITY_BASE_URL", "http://activity/#x"),
        ("ACTIVITY_WEBHOOK_SECRET", "half \udcff"),
        ("BFF_INTERNAL_HMAC_SECRET", "half \udcff" * 8),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: (must|'elsewhere')") as told:
        read_settings({name: value})
    assert "\n" not in str(told.value)


def test_hosts_are_named_as_they_are_in_urls() -> None:
    named = " Activity, a-b.inner.example ,10.0.0.1,::1,"
    settings = read_settings({"EVENTS_WEBHOOK_ALLOWED_HOSTS": named})
    hosts = {"activity", "a-b.inner.example", "10.0.0.1", "::1"}
    assert settings.webhook_allowed_hosts == hosts
    for url in ("http://ACTIVITY:8004/x", "http://10.0.0.1/", "http://[::1]:1/"):
        check_url(url, settings.webhook_allowed_hosts)


def test_activity_is_below_its_address_whatever_its_end() -> None:
    for address in ("http://activity:8004/api/v1", "http://activity:8004/api/v1/"):
        settings = read_settings({"ACTIVITY_BASE_URL": address})
        assert settings.activity_url == "http://activity:8004/api/v1"


def test_an_error_never_shows_a_secret() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"BFF_INTERNAL_HMAC_SECRET": "hunter2"})
    assert "hunter2" not in str(caught.value)


@given(st.text(alphabet=st.characters(exclude_categories=["Z", "C"]), min_size=32))
def test_a_secret_is_never_shown(secret: str) -> None:
    told = {s.name: s.value for s in describe({"BFF_INTERNAL_HMAC_SECRET": secret})}
    assert set(told["BFF_INTERNAL_HMAC_SECRET"]) == {"*"}


def test_a_description_tells_where_each_value_came_from() -> None:
    told = {s.name: s for s in describe({"DATABASE_URL": "postgres://app@db/events"})}
    assert told["EVENTS_DATABASE_URL"].source == "DATABASE_URL"
    assert told["EVENTS_PORT"].source == "default"
    assert told["EVENTS_PORT"].value == "8005"


SAID = {
    "EVENTS_DIRECTORY": st.sampled_from(["local", "remote"]),
    "EVENTS_DATABASE_PGBOUNCER": st.sampled_from(["0", "1"]),
    "EVENTS_RELAY": st.sampled_from(["0", "1"]),
    "EVENTS_PORT": st.integers(0, 65_535).map(str),
    "EVENTS_DRAIN_SECONDS": st.sampled_from(["0", "0.5", "2", "2.25"]),
    "EVENTS_RETRY_SCHEDULE": st.sampled_from(["1", "1,2.5,60"]),
    "EVENTS_WEBHOOK_ALLOWED_HOSTS": st.sampled_from(["a.example", "a,b,c"]),
    "EVENTS_DATA_DIR": st.sampled_from(["data", "/var/lib/events"]),
}


@given(environ=st.fixed_dictionaries({}, optional=SAID))
def test_what_is_shown_can_be_set(environ: dict[str, str]) -> None:
    told = {setting.name: setting.value for setting in describe(environ)}
    assert environ.items() <= told.items()
    assert read_settings(told) == read_settings(environ)


def test_a_misspelt_name_is_told() -> None:
    environ = {"EVENTS_PROT": "1", "EVENTS_PORT": "1", "EVENTS_METRICS_TOKEN_FILE": "x"}
    assert unknown_names(environ) == ("EVENTS_PROT",)


def test_a_secret_is_not_in_the_representation() -> None:
    assert SECRET not in repr(read_settings({"BFF_INTERNAL_HMAC_SECRET": SECRET}))
