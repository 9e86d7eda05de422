"""A house for the tests of this folder that run the product in their own process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.known.house import House, open_house


@pytest.fixture
def house(transactional_db: None) -> Iterator[House]:
    """The product, running in this process on an empty database."""
    with open_house() as opened:
        yield opened
