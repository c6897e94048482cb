"""One part of the benchmarks: what it is called, and how it is measured."""

from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from bench.extent import Extent
from bench.report import Section


@frozen
class Part:
    """A part of its own. ``measure`` is given where databases may be, and how much."""

    title: str
    measure: Callable[[Path, Extent], str]

    def measured(self, data_dir: Path, extent: Extent) -> Section:
        """Measure it, and tell what was found."""
        return Section(self.title, self.measure(data_dir, extent))
