"""What holds for the code as a whole, and no other tool can tell."""

import ast
import inspect
from collections import Counter
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Protocol

from attrs import fields, has
from attrs.exceptions import FrozenInstanceError

import events_core.documents
import events_core.testing
from events_core import ports
from events_core.domain.facts import Fact
from events_core.testing import contracts
from events_core.testing.contracts.store import StoreContract
from events_core.wire import FACTS
from tests.unit.inside import CORE, ROOT, classes_in, leaves, modules


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
