"""The embedded database keeps its events in one table, and says so."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from chat.log import parts
from tests.scale.test_parts import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]


def test_sqlite_is_left_as_it_is() -> None:
    with pytest.raises(CommandError, match="Only PostgreSQL"):
        call_command("partition_events")
    shown = StringIO()
    call_command("partition_events", "--list", stdout=shown)
    assert shown.getvalue() == "Events lie in one table.\n"
    assert parts.keep_ahead(NOW) == 0
