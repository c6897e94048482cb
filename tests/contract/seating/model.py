"""An event with seats as plain lists and words, to hold the real one against.

It knows numbers, words and hours only, and shares no rule and no type with the domain,
so that the two cannot be wrong in the same way. Hours are counted from when the
history begins; people are numbers, managers are words.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from attrs import define, field

A_YEAR = 365 * 24
LASTS = 6
MARKS_OPEN = 2

#: What can become of what.
LIFE = {
    "draft": {"published"},
    "published": {"postponed", "cancelled", "completed"},
    "postponed": {"published", "cancelled"},
    "cancelled": {"published", "archived"},
    "completed": {"archived"},
    "archived": set[str](),
}

Who = int | str
#: How they moved, how many, whose, by whom, when, why, and for which reason.
Line = tuple[Any, ...]
#: What happened, to which version, to whom, what she said, and what that brought her.
Told = tuple[Any, ...]


class Refused(Exception):
    """Refused, with this code and what else is said."""

    def __init__(self, code: str, *said: int) -> None:
        super().__init__((code, *said))
        self.told = (code, *said)


@define
class Saying:
    """What somebody said. ``place`` is ``in``, ``line`` or nothing."""

    answer: str
    party: int
    comment: str | None
    by: Who | None
    first_at: int
    last_at: int


@define
class Seen:
    """That somebody came; ``undone`` is the hour it was taken back."""

    by: Who
    at: int
    undone: int | None = None


@define
class PlainEvent:
    """All that is to be known of an event with seats."""

    capacity: int | None
    waitlist: str
    guests: int
    start: int
    status: str
    strict: bool
    deadline: int | None = None
    opens: int | None = None
    hour: int = 0
    version: int = 1
    deleted: bool = False
    answers: dict[int, Saying] = field(factory=dict)
    seated: list[int] = field(factory=list)
    line: list[int] = field(factory=list)
    ledger: list[Line] = field(factory=list)
    facts: list[Told] = field(factory=list)
    notices: set[tuple[int, int, str]] = field(factory=set)
    marks: dict[int, Seen] = field(factory=dict)
    nonces: dict[str, tuple[int, Seen]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._tell("event.created")

    # What can be read off it.

    @property
    def end(self) -> int:
        return self.start + LASTS

    @property
    def taken(self) -> int:
        return sum(self.answers[who].party for who in self.seated)

    @property
    def room(self) -> float:
        return float("inf") if self.capacity is None else self.capacity - self.taken

    @property
    def is_on(self) -> bool:
        return self.status == "published" and not self.deleted

    @property
    def is_hidden(self) -> bool:
        """Whether it is there for its managers alone."""
        return self.status == "draft" or self.deleted

    def count(self, answer: str) -> int:
        said = [who for who, one in self.answers.items() if one.answer == answer]
        return len([who for who in said if who not in self.line])

    def admission(self, who: int) -> str | None:
        if who in self.seated:
            return "confirmed"
        return "waitlisted" if who in self.line else None

    # What can be done to it.

    def answer(
        self,
        who: int,
        answer: str,
        guests: int,
        comment: str | None,
        *,
        by: Who,
        force: bool = False,
        reason: str | None = None,
    ) -> None:
        old, party = self.answers.get(who), 1 + guests
        if self.is_hidden and by == who:
            raise Refused("NOT_FOUND")
        if guests and answer != "going":
            raise Refused("VALIDATION_ERROR")
        if not self.is_on:
            raise Refused("RSVP_CLOSED")
        gives_up = answer == "not_going" or (
            answer == "going" and who in self.seated and party < self.answers[who].party
        )
        self._check_open(until_the_end=gives_up or force)
        said = old and (old.answer, old.party, old.comment)
        if said == (answer, party, comment) and not (force and who in self.line):
            return
        had = old.party if old and who in self.seated else 0
        where = None
        if answer == "going":
            where = self._place_for(who, party, had, force=force)
        self.answers[who] = Saying(
            answer, party, comment, by, old.first_at if old else self.hour, self.hour
        )
        self._put(who, where)
        has = party if where == "in" else 0
        why = "party_changed" if had and has else "answered"
        self._move(has - had, who, by, why, reason)
        self._tell("event.rsvp.changed", who, answer, self.admission(who))
        self._fill()

    def withdraw(self, who: int) -> None:
        if who not in self.answers:
            if self.is_hidden:
                raise Refused("NOT_FOUND")
            return
        self._check_open(until_the_end=True)
        had = self.answers[who].party if who in self.seated else 0
        self._put(who, None)
        del self.answers[who]
        self._move(-had, who, who, "withdrawn", None)
        self._tell("event.rsvp.changed", who)
        self._fill()

    def promote(
        self, people: Sequence[int], by: Who, *, force: bool, reason: str | None
    ) -> list[int]:
        if not self.is_on or self.hour >= self.end:
            raise Refused("RSVP_CLOSED")
        moved = []
        for who in dict.fromkeys(people):
            if self.admission(who) is None:
                raise Refused("NOT_WAITING")
            if who in self.line:
                if self.answers[who].party > self.room and not force:
                    raise Refused("CAPACITY_FULL", self.capacity or 0, self._free())
                self._promote(who, by, "chosen", reason)
                moved.append(who)
        return moved

    def revise(self, by: Who, *, force: bool, **terms: Any) -> list[int]:  # noqa: ANN401
        if self.deleted:
            raise Refused("ILLEGAL_TRANSITION")
        had, was = self.capacity, (self._terms(), self.start)
        if "start" in terms and self.deadline is not None:
            self.deadline += terms["start"] - self.start
        for name, value in terms.items():
            setattr(self, name, value)
        closes = self.start if self.deadline is None else self.deadline
        if closes > self.start or (self.opens is not None and self.opens >= closes):
            raise Refused("VALIDATION_ERROR")
        if (self._terms(), self.start) == was:
            return []
        lowered = self.capacity is not None and (had is None or self.capacity < had)
        displaced = list[int]()
        if lowered and self.room < 0:
            if not force:
                raise Refused("CAPACITY_TOO_LOW", self.taken)
            while self.room < 0:
                last = self.seated[-1]
                self._put(last, None)
                self.line.insert(0, last)
                party = self.answers[last].party
                self._move(-party, last, by, "capacity_lowered", None)
                self._tell("event.rsvp.changed", last, "going", "waitlisted")
                displaced.insert(0, last)
        self.version += 1
        self._tell("event.updated")
        if self.start != was[1] and self.status in {"published", "postponed"}:
            self._notice("changed")
        self._fill()
        return displaced

    def move(self, to: str) -> None:
        if self.deleted:
            raise Refused("ILLEGAL_TRANSITION")
        if to == self.status:
            return
        too_soon = to == "completed" and self.hour < self.start
        too_late = (self.status, to) == ("cancelled", "published") and (
            self.hour >= self.end
        )
        if to not in LIFE[self.status] or too_soon or too_late:
            raise Refused("ILLEGAL_TRANSITION")
        self._become(to)
        self._fill()

    def delete(self) -> None:
        if self.deleted:
            return
        is_ahead = self.status in {"published", "postponed"} and self.hour < self.end
        if is_ahead and self.answers:
            self._become("cancelled")
        self.deleted = True
        self.version += 1
        self._tell("event.deleted")

    def restore(self) -> None:
        if self.deleted:
            self.deleted = False
            self.version += 1
            self._tell("event.restored")
            self._fill()

    def let_time_pass(self) -> str | None:
        if self.deleted:
            return None
        due = None
        if self.status == "published" and self.hour >= self.end:
            due = "completed"
        if self.status in {"completed", "cancelled"} and (
            self.hour >= self.end + A_YEAR
        ):
            due = "archived"
        if due:
            self._become(due)
        return due

    def forget(self, who: int) -> None:
        had = self.answers[who].party if who in self.seated else 0
        waited_or_sat = self.admission(who) is not None
        self._put(who, None)
        self.answers.pop(who, None)
        self._move(-had, None, None, "erased", None)
        for saying in self.answers.values():
            saying.by = None if saying.by == who else saying.by
        self.ledger = [
            (
                *(moved, seats),
                *(None if one == who else one for one in (whose, by)),
                *(hour, why, None if who in {whose, by} else reason),
            )
            for moved, seats, whose, by, hour, why, reason in self.ledger
        ]
        self.facts = [
            (kind, version, None if whose == who else whose, *rest)
            for kind, version, whose, *rest in self.facts
        ]
        self.notices = {one for one in self.notices if one[0] != who}
        self.marks.pop(who, None)
        self.nonces = {n: one for n, one in self.nonces.items() if one[0] != who}
        if waited_or_sat:
            self._fill()

    def mark(
        self, who: int, by: Who, nonce: str | None = None, at: int | None = None
    ) -> tuple[Seen, bool]:
        if at is not None and at > self.hour:
            raise Refused("VALIDATION_ERROR")
        if nonce in self.nonces:
            whose, answered = self.nonces[nonce]
            if whose != who:
                raise Refused("VALIDATION_ERROR")
            return answered, False
        seen_at = self.hour if at is None else at
        takes_marks = self.status in {"published", "completed", "archived"}
        if self.deleted or not takes_marks or seen_at < self.start - MARKS_OPEN:
            raise Refused("ATTENDANCE_CLOSED")
        old, new = self.marks.get(who), Seen(by, seen_at)
        if old is None:
            counts = True
        elif old.undone is not None:
            counts = seen_at >= old.undone
        else:
            counts = at is not None and (seen_at, by) < (old.at, old.by)
        if counts:
            self.marks[who] = new
            self._tell("event.attendance.marked", who)
        if nonce is not None:
            self.nonces[nonce] = (who, deepcopy(self.marks[who]))
        return self.marks[who], counts

    def undo(self, who: int) -> None:
        mark = self.marks.get(who)
        if mark is not None and mark.undone is None:
            mark.undone = max(self.hour, mark.at)
            self._tell("event.attendance.unmarked", who)

    # How it is done.

    def _terms(self) -> tuple[object, ...]:
        return self.capacity, self.waitlist, self.guests, self.deadline, self.opens

    def _free(self) -> int:
        return 0 if self.capacity is None else max(0, self.capacity - self.taken)

    def _check_open(self, *, until_the_end: bool) -> None:
        closes = self.start if self.deadline is None else self.deadline
        if self.hour >= (self.end if until_the_end else closes):
            raise Refused("RSVP_CLOSED")
        is_early = self.opens is not None and self.hour < self.opens
        if is_early and not until_the_end:
            raise Refused("RSVP_CLOSED")

    def _place_for(self, who: int, party: int, had: int, *, force: bool) -> str:
        asks_more = who not in self.answers or party > self.answers[who].party
        largest = 1 + self.guests
        if self.capacity is not None:
            largest = min(largest, self.capacity)
        if party > largest and asks_more and not force:
            raise Refused("PARTY_TOO_LARGE", largest)
        if force or party <= had:
            return "in"
        if who in self.line:
            return "line"
        someone_first = self.strict or self.waitlist == "manual"
        passes = not (someone_first and any(self._possible()))
        if passes and party - had <= self.room:
            return "in"
        if had or self.waitlist == "none":
            raise Refused("CAPACITY_FULL", self.capacity or 0, self._free())
        return "line"

    def _possible(self) -> Iterator[int]:
        """Those who wait and do not want more seats than there are at all."""
        for who in self.line:
            if self.capacity is None or self.answers[who].party <= self.capacity:
                yield who

    def _put(self, who: int, where: str | None) -> None:
        for name, people in (("in", self.seated), ("line", self.line)):
            if who in people and name != where:
                people.remove(who)
            if who not in people and name == where:
                people.append(who)

    def _move(
        self, seats: int, who: Who | None, by: Who | None, why: str, reason: str | None
    ) -> None:
        if seats == 0:
            return
        if why == "capacity_lowered" or (seats > 0 and self.room < 0):
            moved = "forced"
        elif why in {"chosen", "seat_freed"}:
            moved = "promoted"
        else:
            moved = "taken" if seats > 0 else "released"
        self.ledger.append((moved, seats, who, by, self.hour, why, reason))

    def _promote(self, who: int, by: Who | None, why: str, reason: str | None) -> None:
        self._put(who, "in")
        self._move(self.answers[who].party, who, by, why, reason)
        self._tell("event.waitlist.promoted", who)

    def _fill(self) -> None:
        if self.waitlist == "manual" or not self.is_on or self.hour >= self.end:
            return
        while True:
            first = next(self._possible(), None)
            if not self.strict:
                fitting = (w for w in self.line if self.answers[w].party <= self.room)
                first = next(fitting, None)
            if first is None or self.answers[first].party > self.room:
                return
            self._promote(first, None, "seat_freed", None)

    def _become(self, status: str) -> None:
        self.status = status
        self.version += 1
        self._tell(f"event.{status}")
        if status in {"cancelled", "postponed"}:
            self._notice(status)

    def _notice(self, kind: str) -> None:
        for who, saying in self.answers.items():
            if saying.answer != "not_going":
                self.notices.add((who, self.version, kind))

    def _tell(
        self,
        kind: str,
        who: int | None = None,
        answer: str | None = None,
        admission: str | None = None,
    ) -> None:
        self.facts.append((kind, self.version, who, answer, admission))
