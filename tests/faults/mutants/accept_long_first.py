"""As `accept_first`, on a slower disk: where few write, too, a kill finds something accepted and not stored."""

from tests.faults.mutants import accept_first


def spoil() -> None:
    """Break the writer."""
    accept_first.SLOW_DISK = 0.6
    accept_first.spoil()
