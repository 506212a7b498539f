"""Keep the numbers quick to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.ports.statistics_upkeep import StatisticsUpkeep


class FoldStatistics:
    """The service itself adds up what has happened since the last time. Any number of processes may; whoever reads
    the numbers sees the same before and after.
    """

    def __init__(self, *, upkeep: StatisticsUpkeep) -> None:
        self._upkeep = upkeep

    async def execute(self) -> None:
        """Add up until there is nothing left."""
        while await self._upkeep.fold():
            pass
