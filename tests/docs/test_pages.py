"""The pages say what is so: nothing stale, no dead link, no command that is none."""

import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import settings
from adapters.cli.errors import UsageError
from adapters.cli.words import parser
from adapters.http.schema import load
from docs.generate import pages, updated
from events_core import ports
from events_core.domain import actors, details, exposure, identity, permissions
from events_core.ports import people

ROOT = Path(__file__).parents[2]
PAGES = [*pages(), *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING"))]

_LINK = re.compile(r"\]\(([^)#\s]+)?(?:#([^)\s]+))?\)")
_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`((?:events-core|\./dev) [^`]+)`")
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")

#: Of those, what is neither a setting of the service nor a code.
NEITHER = {"HYPOTHESIS_PROFILE"}

#: What else has such names: the members of these enumerations.
_ENUMERATIONS = (
    actors.Via,
    details.EventType,
    exposure.Status,
    identity.ScopeKind,
    people.Membership,
    permissions.Action,
    permissions.Permission,
)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> Iterator[str]:
    """Yield the fenced blocks in one of these languages."""
    for language, text in _FENCED.findall(page.read_text()):
        if language in languages:
            yield text


@pytest.mark.parametrize("page", pages(), ids=named)
def test_what_is_generated_is_up_to_date(page: Path) -> None:
    text = page.read_text()
    assert text == updated(text), "run `.venv/bin/python -m docs.generate`"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    prose = _FENCED.sub("", page.read_text())
    for target, anchor in _LINK.findall(prose):
        if "://" in target:
            continue
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), target
        assert found.is_relative_to(ROOT), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            assert anchor in map(_anchor, headings), anchor


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_conversation_with_the_core_is_in_the_reference() -> None:
    text = (ROOT / "docs/reference/ports.md").read_text()
    for module in pkgutil.iter_modules(ports.__path__, f"{ports.__name__}."):
        assert f"\n## `{module.name}`\n" in text, module.name


def test_the_glossary_is_in_order_and_has_no_word_that_is_gone() -> None:
    words = re.findall(
        r"^\*\*(.+?)\*\*:", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE
    )
    assert words == sorted(words, key=str.lower)
    code = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py")).lower()
    said = {word for one in words for word in one.lower().split(", ")}
    assert len(said) > 50
    assert not {one for one in said if not re.search(rf"\b{spelled(one)}s?\b", code)}


def spelled(word: str) -> str:
    """Return what finds a word however code joins its parts."""
    return "[-_ ]?".join(map(re.escape, re.split("[- ]", word)))


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs/README.md"
    listed = {
        (index.parent / target).resolve()
        for target, _ in _LINK.findall(index.read_text())
        if target
    }
    adr = ROOT / "docs/adr"
    assert adr in listed
    missing = {page for page in pages() if page.parent != adr} - listed - {index}
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_of_ours_can_be_said(page: Path) -> None:
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").split("\n"):
            check_command(line)
    for said in _INLINE.findall(page.read_text()):
        if "…" not in said:
            check_command(said, whole=False)


def check_command(line: str, *, whole: bool = True) -> None:
    """Check that a line that runs one of our commands does so rightly.

    Not ``whole``, it may leave out what the command needs.
    """
    words = re.sub(r"^\s*(?:[A-Z_]+=\S*\s+)*", "", line)
    if not words.startswith(("events-core ", "./dev ")):
        return
    program, *arguments = shlex.split(words)
    if program == "./dev" and arguments[0] in {"test", "lock"}:
        return
    wrong = what_is_wrong_with(arguments)
    if not whole:
        wrong = re.sub("the following arguments are required: .*", "", wrong)
    assert not wrong, line


def what_is_wrong_with(arguments: list[str]) -> str:
    """Return what the command line says to arguments it does not take."""
    try:
        parser().parse_args(arguments)
    except UsageError as error:
        return str(error)
    except SystemExit:  # --help
        pass
    return ""


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_setting_and_every_code_that_is_named_exists(page: Path) -> None:
    spelled = {s for _, about in settings.known() for s in settings.spellings(about)}
    codes = load().content["components"]["schemas"]["ErrorCode"]["enum"]
    members = {member.name for enum in _ENUMERATIONS for member in enum}
    known = spelled | {*codes} | members
    text = re.sub(r"```python\n.*?```", "", page.read_text(), flags=re.DOTALL)
    unknown = set(_CAPITALS.findall(text)) - known - NEITHER
    assert not unknown
