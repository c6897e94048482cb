"""What holds for the code as a whole, and no other tool can tell."""

import ast
import copy
import importlib
import inspect
import pickle
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import (
    PackageNotFoundError,
    distribution,
    packages_distributions,
)
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Protocol
from uuid import UUID

import pytest
from attrs import fields, has
from attrs.exceptions import FrozenInstanceError

import events_core
import events_core.documents
import events_core.testing.strategies
from events_core import errors, ports, usecases
from events_core.domain.facts import Fact
from events_core.errors import EventsError, NotFound
from events_core.testing import contracts
from events_core.testing.contracts.store import StoreContract
from events_core.wire import FACTS

ROOT = Path(__file__).parents[2]
CORE = Path(events_core.__file__).parent


def modules(package: ModuleType) -> list[ModuleType]:
    """The package and all that is below it."""
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [package, *(importlib.import_module(one.name) for one in found)]


def classes_in(package: ModuleType) -> list[type]:
    """The classes that are defined in a package."""
    return [
        one
        for module in modules(package)
        for one in vars(module).values()
        if isinstance(one, type) and one.__module__ == module.__name__
    ]


def leaves(root: type) -> list[type]:
    """The classes below a class that have none below them."""
    below: list[type] = root.__subclasses__()
    return [leaf for one in below for leaf in leaves(one)] if below else [root]


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


#: Something for every field that an error has.
ARGUMENTS = {
    "action": "change this event",
    "changed": ("title",),
    "allowed": ("published", "cancelled"),
    "closed_at": datetime(2027, 3, 21, 19, tzinfo=UTC),
    "capacity": 20,
    "current": 7,
    "free": 1,
    "largest": 3,
    "taken": 23,
    "user_id": UUID(int=8),
    "event_id": UUID(int=7),
    "opens_at": datetime(2027, 3, 21, 17, tzinfo=UTC),
    "fields": {"title": ("must not be empty",)},
    "retry_after": 2.5,
    "message_id": UUID(int=9),
    "most": 50,
    "scope_kind": "TENANT",
    "version": 3,
    "source": "postponed",
    "target": "archived",
    "subscription_id": UUID(int=8),
    "visibility": "team",
}


class TestErrors:
    def every(self) -> Iterator[EventsError]:
        for kind in leaves(EventsError):
            names = [field.name for field in fields(kind)]
            yield kind(*(ARGUMENTS[name] for name in names))

    def test_each_leaf_has_a_code_of_its_own_and_no_group_has_one(self) -> None:
        # What is not there is not named: that says the same of whatever it is.
        codes = Counter(e.code for e in self.every() if not isinstance(e, NotFound))
        assert set(codes.values()) == {1}
        groups = set(all_below(EventsError)) - set(leaves(EventsError))
        assert not [group for group in groups if "code" in vars(group)]

    def test_each_survives_a_copy_and_a_pickle_and_reads_as_a_sentence(self) -> None:
        for error in self.every():
            for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
                assert type(other) is type(error)
                assert other.args == error.args
                assert str(other) == str(error)
            assert len(str(error).split()) > 2

    def test_the_tree_in_the_docstring_is_the_tree(self) -> None:
        line = re.compile(r"── (\w+) +([A-Z_]{3,}|\S)")
        drawn = dict(line.findall(errors.__doc__ or ""))
        assert drawn.keys() == {kind.__name__ for kind in all_below(EventsError)}
        for error in self.every():
            assert drawn[type(error).__name__] == error.code

    def test_all_are_listed(self) -> None:
        names = {kind.__name__ for kind in (EventsError, *all_below(EventsError))}
        assert set(errors.__all__) == names


def all_below(root: type) -> list[type]:
    """The classes below a class, however far."""
    below: list[type] = root.__subclasses__()
    return [one for child in below for one in (child, *all_below(child))]


class TestFacts:
    def test_every_kind_has_a_published_form(self) -> None:
        assert set(leaves(Fact)) == set(FACTS.values())


#: Every port, what stands for it in tests, and the suite that tells what it promises.
PORTS = {
    "Access": ("MemoryAccess", "AccessContract"),
    "AuditTrail": ("DocumentAuditTrail", "AuditContract"),
    "AttendanceBook": ("DocumentAttendanceBook", "AttendanceContract"),
    "Clock": ("ManualClock", "ClockContract"),
    "DispatchBook": ("MemoryDispatchBook", "PublishingContract"),
    "Documents": ("MemoryDocuments", "DocumentsContract"),
    "Events": ("DocumentEvents", "EventsContract"),
    "FactFeed": ("MemoryFactFeed", "PublishingContract"),
    "IdSource": ("SequentialIds", "IdSourceContract"),
    "Memberships": ("MemoryMemberships", "MembershipsContract"),
    "Notices": ("DocumentNotices", "NoticesContract"),
    "Outbox": ("MemoryOutbox", "OutboxContract"),
    "Publishing": ("MemoryPublishing", "PublishingContract"),
    "Persons": ("DocumentPersons", "PersonsContract"),
    "Record": ("DocumentRecord", "EventsContract"),
    "Repeats": ("MemoryRepeats", "RepeatsContract"),
    "Roles": ("DocumentRoles", "RolesContract"),
    "Rosters": ("DocumentRosters", "RostersContract"),
    "Signatures": ("MemorySignatures", "SignaturesContract"),
    "Store": ("MemoryStore", "StoreContract"),
    "SubscriptionBook": ("MemorySubscriptionBook", "PublishingContract"),
    "TenantPublishing": ("MemoryTenantPublishing", "PublishingContract"),
    "UnitOfWork": ("DocumentUnitOfWork", "TransactionsContract"),
}


PROTOCOLS = {
    one.__name__: one for one in classes_in(ports) if Protocol in one.__bases__
}
FAKES = {
    one.__name__: one
    for package in (events_core.testing, events_core.documents)
    for one in classes_in(package)
}
SUITES = {one.__name__: one for one in classes_in(contracts)}


class TestPorts:
    def test_every_port_has_a_fake_and_a_suite(self) -> None:
        assert PORTS.keys() == PROTOCOLS.keys()
        for name, (fake, suite) in PORTS.items():
            for method in public_members(PROTOCOLS[name]):
                assert callable(getattr(FAKES[fake], method)) or isinstance(
                    inspect.getattr_static(FAKES[fake], method), property
                )
            assert any(test.startswith("test_") for test in dir(SUITES[suite]))

    def test_every_part_of_the_stores_suite_is_in_it(self) -> None:
        parts = {suite for suite in SUITES.values() if ".store." in suite.__module__}
        suites = {part for part in parts if part.__name__.endswith("Contract")}
        assert suites == set(StoreContract.__mro__) & suites
        assert len(suites) > 8

    def test_no_two_parts_of_a_suite_have_a_test_of_one_name(self) -> None:
        for suite in SUITES.values():
            tests = Counter(
                name
                for part in suite.__mro__
                for name in vars(part)
                if name.startswith("test_")
            )
            assert not [name for name, number in tests.items() if number > 1]

    def test_every_method_of_a_port_is_used_by_a_suite(self) -> None:
        used = {
            node.attr
            for path in (CORE / "testing" / "contracts").rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute)
        }
        for protocol in PROTOCOLS.values():
            assert set(public_members(protocol)) <= used

    def test_every_suite_is_run_on_the_fake(self) -> None:
        run = "".join(
            path.read_text()
            for path in (ROOT / "tests" / "contract").glob("test_*_memory.py")
        )
        for name, (_, suite) in PORTS.items():
            in_store = issubclass(StoreContract, SUITES[suite])
            assert in_store or f"({suite})" in run, name


def public_members(protocol: type) -> list[str]:
    return [name for name in vars(protocol) if not name.startswith("_")]


class TestDomain:
    def test_it_is_synchronous(self) -> None:
        functions = [
            value
            for module in modules(events_core.domain)
            for holder in (module, *classes_in_module(module))
            for value in vars(holder).values()
            if isinstance(value, FunctionType)
        ]
        assert len(functions) > 50
        for function in functions:
            assert not inspect.iscoroutinefunction(function)
            assert not inspect.isasyncgenfunction(function)

    def test_its_classes_are_frozen(self) -> None:
        kept = [one for one in classes_in(events_core.domain) if has(one)]
        assert len(kept) > 30
        assert not [one for one in kept if is_open(one)]


def is_open(kind: type) -> bool:
    """Whether what is made of a class can be changed."""
    try:
        for field in fields(kind):
            setattr(object.__new__(kind), field.name, None)
    except FrozenInstanceError:
        return False
    return len(fields(kind)) > 0


def classes_in_module(module: ModuleType) -> list[type]:
    return [one for one in vars(module).values() if isinstance(one, type)]


class TestDocstrings:
    def test_everything_public_states_its_promise(self) -> None:
        suites = CORE / "testing" / "contracts"
        files = [path for path in CORE.rglob("*.py") if suites not in path.parents]
        assert len(files) > 40
        assert not [
            f"{path.relative_to(CORE)}: {name}"
            for path in files
            for name in undocumented(ast.parse(path.read_text()))
        ]


def undocumented(node: ast.AST, name: str = "module") -> Iterator[str]:
    """Yield what is public, and its promise not stated."""
    if isinstance(
        node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    ):
        if ast.get_docstring(node) is None:
            yield name
        if isinstance(node, ast.Module | ast.ClassDef):
            for child in node.body:
                inner = getattr(child, "name", "_")
                if not inner.startswith(("_", "test_")):
                    yield from undocumented(child, f"{name}.{inner}")
