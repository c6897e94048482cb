"""What an outbox holds for one subscriber, as plainly as it can be said."""

from collections.abc import Callable

from attrs import define, field

#: Not before time has gone by.
LATER = 10**9


@define
class Waiting:
    """What is to be told; ``holder`` is the claim that has it, if any."""

    lane: int
    due: int
    attempts: int = 0
    holder: int | None = None


@define
class PlainOutbox:
    """Facts are numbered as they are written; of each it is known of which event.

    ``order`` are those that have a position; the first has 1. ``now`` counts steps.
    """

    lane_of: Callable[[int], int]
    events: list[int] = field(factory=list)
    unseen: list[int] = field(factory=list)
    order: list[int] = field(factory=list)
    laid_out: int = 0
    is_active: bool = True
    queue: dict[int, Waiting] = field(factory=dict)
    dead: dict[int, int] = field(factory=dict)
    ever_dead: set[int] = field(factory=set)
    done: list[int] = field(factory=list)
    now: int = 0

    def commit(self, facts: list[int]) -> None:
        self.unseen += facts

    def advance(self) -> None:
        self.now += 1
        self.order += sorted(self.unseen)
        self.unseen = []
        if self.is_active:
            for position in range(self.laid_out + 1, len(self.order) + 1):
                lane = self.lane_of(self.events[self.order[position - 1]])
                self.queue.setdefault(position, Waiting(lane, self.now))
            self.laid_out = len(self.order)

    def claim(self, most: int, holder: int) -> list[int]:
        first: dict[int, int] = {}
        for position in sorted(self.queue):
            first.setdefault(self.queue[position].lane, position)
        due = [
            (self.queue[position].due, position)
            for position in first.values()
            if self.queue[position].due < LATER
            and self.queue[position].holder is None
            and self.is_active
        ]
        claimed = sorted(position for _, position in sorted(due)[:most])
        for position in claimed:
            self.queue[position].holder = holder
            self.queue[position].attempts += 1
        return claimed

    def settle(self, position: int, holder: int, outcome: str) -> bool:
        self.now += 1
        waiting = self.queue.get(position)
        if waiting is None or waiting.holder != holder:
            return False
        waiting.holder = None
        match outcome:
            case "delivered":
                self.done.append(position)
                del self.queue[position]
            case "dead":
                self.dead.setdefault(position, waiting.lane)
                self.ever_dead.add(position)
                del self.queue[position]
            case "again":
                waiting.due = self.now
            case "later":
                waiting.due = LATER
            case "not tried":
                waiting.attempts -= 1
        return True

    def let_time_pass(self) -> None:
        """Whatever was put off is due; a claim's end is another matter."""
        self.now += 1
        for waiting in self.queue.values():
            waiting.due = self.now if waiting.due == LATER else waiting.due

    def replay(self, position: int) -> None:
        if position <= len(self.order):
            self.laid_out = min(self.laid_out, position - 1)
        self.queue = {p: w for p, w in self.queue.items() if p <= self.laid_out}

    def send_again(self) -> None:
        self.now += 1
        for position, lane in self.dead.items():
            self.queue.setdefault(position, Waiting(lane, self.now))
        self.dead = {}
