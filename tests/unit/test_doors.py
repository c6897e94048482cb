"""What an embedder calls, and what comes with it."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import (
    PackageNotFoundError,
    distribution,
    packages_distributions,
)
from types import ModuleType

import pytest

import events_core
import events_core.testing.strategies
from events_core import usecases
from tests.unit.inside import CORE, modules


def in_order(names: list[str]) -> list[str]:
    """Constants first, then classes, then functions, each by name."""

    def rank(name: str) -> int:
        return 0 if name.isupper() else 1 if name[0].isupper() else 2

    return sorted(names, key=lambda name: (rank(name), name))


class TestDoors:
    def test_what_an_embedder_calls_is_listed_in_order_and_all_there(self) -> None:
        listed = events_core.__all__
        assert listed == in_order(listed)
        for name in listed:
            assert hasattr(events_core, name)

    def test_nothing_is_at_the_door_that_is_not_listed(self) -> None:
        shown = {
            name
            for name, value in vars(events_core).items()
            if not name.startswith("_") and not isinstance(value, ModuleType)
        }
        assert shown - {"TYPE_CHECKING"} == set(events_core.__all__)
        assert dir(events_core) == sorted(events_core.__all__)

    def test_what_is_loaded_for_a_name_is_what_type_checkers_take_it_for(self) -> None:
        told = {
            name.asname or name.name: node.module
            for node in ast.walk(ast.parse((CORE / "__init__.py").read_text()))
            if isinstance(node, ast.ImportFrom)
            for name in node.names
        }
        assert told == events_core._HOMES
        assert set(told) == set(events_core.__all__)
        for name, home in told.items():
            assert home is not None
            value = getattr(importlib.import_module(home), name)
            assert getattr(events_core, name) is value

    def test_a_name_that_is_not_listed_is_nowhere(self) -> None:
        for name in ("list_event", "EventCreated", "_homes"):
            with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
                getattr(events_core, name)
        with pytest.raises(ImportError, match="cannot import name 'list_event'"):
            exec("from events_core import list_event")

    def test_who_only_opens_the_door_loads_nothing(self) -> None:
        assert loaded_by("import events_core") == {"events_core"}

    def test_who_takes_everything_has_everything(self) -> None:
        loaded = loaded_by("from events_core import *")
        assert set(events_core._HOMES.values()) <= loaded

    def test_who_asks_for_answers_loads_no_other_use_case(self) -> None:
        loaded = loaded_by("from events_core import EventsCore, SetRsvp, set_rsvp")
        others = {home for home in loaded if home in events_core._HOMES.values()}
        assert sorted(one for one in others if ".usecases." in one) == [
            "events_core.usecases.core",
            "events_core.usecases.set_rsvp",
        ]

    def test_every_use_case_is_watched(self) -> None:
        called = [getattr(events_core, name) for name in events_core.__all__]
        use_cases = [one for one in called if inspect.iscoroutinefunction(one)]
        assert len(use_cases) > 40
        for use_case in use_cases:
            assert inspect.unwrap(use_case) is not use_case, use_case.__name__

    def test_every_use_case_and_its_command_are_at_the_door(self) -> None:
        for module in modules(usecases)[1:]:
            name = module.__name__.rpartition(".")[2]
            if name in {"changing", "core", "parts", "seating", "watching"}:
                continue
            function = getattr(module, name)
            assert name in events_core.__all__
            assert inspect.iscoroutinefunction(function)
            parameters = inspect.signature(function).parameters
            assert [*parameters][:2] == ["core", "actor"]
            command = "".join(part.title() for part in name.split("_"))
            assert (command in events_core.__all__) is hasattr(module, command)

    def test_every_strategy_is_listed(self) -> None:
        package = events_core.testing.strategies
        defined = {
            name
            for module in modules(package)[1:]
            for name, value in vars(module).items()
            if not name.startswith("_")
            and callable(value)
            and getattr(value, "__module__", None) == module.__name__
        }
        assert defined <= set(package.__all__)
        assert package.__all__ == in_order(package.__all__)

    def test_the_core_needs_attrs_cattrs_and_icalendar_and_nothing_else(self) -> None:
        names = [module.__name__ for module in modules(events_core)]
        core = [name for name in names if not name.startswith("events_core.testing")]
        known = packages_distributions()
        imported = imported_by(*core) - imported_by()
        used = {normal(name) for top in imported for name in known.get(top, ())}
        allowed = with_their_needs("attrs", "cattrs", "icalendar")
        assert used <= {"events-core", *allowed}


def imported_by(*names: str) -> set[str]:
    """The top-level modules that a Python has which imports these."""
    script = f"import importlib, sys; [*map(importlib.import_module, {names!r})]; "
    script += "print(*{name.partition('.')[0] for name in sys.modules})"
    command = (sys.executable, "-c", script)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return {*done.stdout.split()}


def loaded_by(statement: str) -> set[str]:
    """Return the modules of ours that a Python has which runs this."""
    script = f"{statement}\nimport sys; print(*sys.modules)"
    command = (sys.executable, "-c", script)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return {one for one in done.stdout.split() if one.startswith("events_core")}


def normal(name: str) -> str:
    """A distribution's name, spelt the one way."""
    return name.lower().replace("_", "-")


def with_their_needs(*names: str) -> set[str]:
    """The distributions and all they cannot do without."""
    found: set[str] = set()
    waiting = [*names]
    while waiting:
        name = normal(re.split(r"[^\w.-]", waiting.pop())[0])
        if name not in found:
            found.add(name)
            with suppress(PackageNotFoundError):  # not needed on this Python
                needs = distribution(name).requires or ()
                waiting.extend(one for one in needs if "extra ==" not in one)
    return found
