"""A house for the tests of this folder that run the product in their own process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.known.house import House, open_house
from tests.known.march import March, owner_has_it
from tests.support.cast import Cast, canary
from tests.support.returning import helped_in_march, new_address, prove_mailbox


@pytest.fixture
def house(transactional_db: None) -> Iterator[House]:
    """The product, running in this process on an empty database."""
    with open_house() as opened:
        yield opened


@pytest.fixture
async def mara(cast: Cast) -> AsyncIterator[March]:
    """Mara in March; when the test ends, hers is still hers."""
    address, secret = new_address(), canary()
    browser, talk, key = await helped_in_march(cast, email=address, text=f"My PSC 2210v {secret}")
    await prove_mailbox(cast, browser, address)
    yield March(browser, talk, key, address, secret)
    await owner_has_it(browser, talk, secret)
