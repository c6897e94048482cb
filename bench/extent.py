"""How much is measured: a quick look, what is published, or everything."""

from attrs import frozen


@frozen(kw_only=True)
class Extent:
    """Sizes and numbers of what is measured.

    ``towns`` are events in a tenant. A round is so many ``requests``; the median of
    ``rounds`` counts. ``facts`` are delivered by each number of relays, ``backlog``
    is what one relay finds when it starts, ``sparse`` are delivered one at a time.
    """

    towns: tuple[int, ...]
    rounds: int
    requests: int
    readers: int
    imports: int
    starts: int
    facts: int
    backlog: int
    sparse: int


#: Nothing to go by; it shows that everything still runs.
TINY = Extent(
    towns=(1_000,),
    rounds=1,
    requests=10,
    readers=2,
    imports=1,
    starts=1,
    facts=100,
    backlog=100,
    sparse=5,
)
SHORT = Extent(
    towns=(1_000, 100_000),
    rounds=3,
    requests=300,
    readers=10,
    imports=7,
    starts=3,
    facts=10_000,
    backlog=20_000,
    sparse=100,
)
USUAL = Extent(
    towns=(1_000, 100_000, 1_000_000),
    rounds=7,
    requests=400,
    readers=20,
    imports=21,
    starts=7,
    facts=20_000,
    backlog=100_000,
    sparse=300,
)
FULL = Extent(
    towns=(1_000, 100_000, 1_000_000),
    rounds=15,
    requests=400,
    readers=50,
    imports=51,
    starts=15,
    facts=100_000,
    backlog=1_000_000,
    sparse=1_000,
)
