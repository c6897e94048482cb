"""A bug that somebody could make, and the tests that ought to notice some."""

from attrs import frozen

DOMAIN = ("tests/unit/domain", "tests/unit/ical")
USECASES = ("tests/unit/usecases", "tests/unit/test_visibility_oracle.py")
MEMORY = ("tests/contract/test_store_memory.py",)
DOCUMENTS = ("tests/unit/documents",)
POSTGRES = ("tests/contract/test_store_postgres.py", "tests/unit/adapters/postgres")
REPEATS = (
    "tests/contract/test_repeats_memory.py",
    "tests/contract/test_repeats_postgres.py",
)
PEOPLE = (
    "tests/contract/test_people_memory.py",
    "tests/contract/test_people_portal.py",
    "tests/contract/test_people_postgres.py",
    "tests/unit/adapters/portal",
)
EDGE = ("tests/unit/adapters/http/edge",)
ROUTES = (
    "tests/unit/adapters/http/routes",
    "tests/unit/adapters/http/codec",
    "tests/unit/adapters/http/schema",
    "tests/unit/adapters/http/test_etags.py",
    "tests/unit/adapters/http/test_cursor.py",
)
OUTBOX = (
    "tests/contract/outbox/test_sequencer.py",
    "tests/contract/test_outbox_postgres.py",
)
QUEUE = ("tests/contract/outbox/test_queue.py",)
FLAPPING = ("tests/contract/outbox/test_flapping.py",)
POISON = ("tests/contract/outbox/test_poison.py",)
WORD = ("tests/contract/outbox/test_wakeups.py",)
AUDIT = ("tests/contract/audit",)
RELAY = ("tests/unit/adapters/outbox",)


@frozen
class Mutant:
    """A bug: in the file, what is right becomes wrong.

    ``argument`` says why a bug that no test notices does no harm.
    """

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]
    argument: str = ""
