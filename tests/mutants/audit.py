"""Bugs in the audit trail."""

from tests.mutants.mutant import AUDIT, MEMORY, OUTBOX, USECASES, Mutant

MUTANTS = (
    Mutant(
        "what leads to a person is hashed as it is",
        "events_core/domain/chain.py",
        "**{name: salted.digest.hex() for name, salted in sealed.personal.items()},",
        "**{name: getattr(entry, name) for name in PERSONAL},",
        (*MEMORY, *AUDIT),
    ),
    Mutant(
        "one salt does for all of an entry",
        "events_core/domain/chain.py",
        """        name: Salted.of(value, new_salt())
""",
        """        name: Salted.of(value, bytes(16))
""",
        (*MEMORY, *AUDIT),
    ),
    Mutant(
        "the request of somebody who is erased stays",
        "events_core/domain/chain.py",
        """        hers.add("request_id")
""",
        """        pass
""",
        (*MEMORY, *AUDIT),
    ),
    Mutant(
        "how often is not hashed",
        "events_core/domain/chain.py",
        "**asdict(entry, recurse=False),",
        "**asdict(evolve(entry, times=1), recurse=False),",
        AUDIT,
    ),
    Mutant(
        "a name that is there is not held against its digest",
        "events_core/domain/chain.py",
        """        return _salted(value, self.salt) == self.digest
""",
        """        return True
""",
        AUDIT,
    ),
    Mutant(
        "names that are gone are not counted",
        "events_core/domain/chain.py",
        "return sum(salted.salt is None for salted in self.personal.values())",
        "return 0",
        AUDIT,
    ),
    Mutant(
        "where the chain ends is not asked",
        "events_core/domain/chain.py",
        "if self.head.position != head.position or self.head.position < last:",
        "if self.head.position < last - 1:",
        AUDIT,
    ),
    Mutant(
        "an outage of the trail makes an outage of a refusal",
        "events_core/usecases/watching.py",
        "except (ConcurrentChange, Unavailable):",
        "except ConcurrentChange:",
        USECASES,
    ),
    Mutant(
        "a link follows on its entry alone",
        "events_core/domain/chain.py",
        "return sha256(before + digest).digest()",
        "return sha256(digest).digest()",
        AUDIT,
    ),
    Mutant(
        "a chain goes on from its beginning at each look",
        "adapters/postgres/queue/sequencer.py",
        "coalesce(head.hash, {beginning}), digest",
        "{beginning}, digest",
        AUDIT,
    ),
    Mutant(
        "what an operator does leaves no entry",
        "adapters/postgres/queue/subscriptions.py",
        """            if owner is not None:
                await note(""",
        """            if owner is None:
                await note(""",
        OUTBOX,
    ),
)
