"""Several processes accept from the same sockets: whoever has many connections lets the others go first.

Left to themselves, the process that happens to run when a connection comes takes it; on a machine that is busy with
something else that is nearly always the same one, and connections stay for hours.
"""

from __future__ import annotations

import mmap
import os
import tempfile

#: Stands for a process that accepts nothing.
ABSENT = 2**32 - 1
#: More than the smallest share of the others, by this factor and this number, is many.
FACTOR, MORE = 1.1, 4


class Shares:
    """How many connections each of `processes` has, in memory that all of them see."""

    def __init__(self, fd: int, processes: int) -> None:
        self.fd, self.processes = fd, processes
        self._counts = memoryview(mmap.mmap(fd, 4 * processes)).cast("I")

    @classmethod
    def new(cls, processes: int) -> Shares:
        """For the one who starts the others; nobody accepts yet."""
        with tempfile.TemporaryFile() as file:
            file.write(ABSENT.to_bytes(4, "little") * processes)
            file.flush()
            return cls(os.dup(file.fileno()), processes)

    def of(self, number: int) -> Share:
        """What process `number` sees of it."""
        return Share(number, self._counts)


class Share:
    """How many connections one process has, beside the others."""

    def __init__(self, number: int, counts: memoryview) -> None:
        self._number, self._counts = number, counts

    def says(self, connections: int = ABSENT) -> None:
        """It has so many; without a number: it accepts nothing."""
        self._counts[self._number] = connections

    def many(self) -> bool:
        """Whether it has so many that another one should take the next."""
        others = [count for number, count in enumerate(self._counts) if number != self._number]
        return self._counts[self._number] > min(others, default=ABSENT) * FACTOR + MORE
