"""A subscriber's URL is no way into the inner network."""

import pytest

from events_core.domain.destination import check_url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://user:pass@example.org/",
        "https://user@example.org/",
        "https://example.org/#x",
        "https://example.org/a/../b",
        "https://example.org/a b",
        "https://example.org/ü",
        "https://example.org:80/",
        "https://example.org:99999/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0x7f000001/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https:///path",
        "https://example.org\\@10.0.0.1/",
        "https://example.org/" + "x" * 2000,
        "",
    ],
)
def test_a_url_that_nobody_needs_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^must "):
        check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org/hooks/1?token=a%20b",
        "https://example.org:8443/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_an_ordinary_url_is_fine(url: str) -> None:
    check_url(url)


def test_a_host_that_the_operator_named_may_be_plain_and_inside() -> None:
    check_url("http://activity:8004/api/v1/hook", {"activity"})
    with pytest.raises(ValueError, match="user"):
        check_url("http://me@activity:8004/", {"activity"})
    with pytest.raises(ValueError, match="https"):
        check_url("http://activity.example/", {"activity"})
