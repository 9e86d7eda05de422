"""Makes a conversation long: `lengthen.py CONVERSATION UNTIL TEXT`, where TEXT has a place for {number}.

Customer and technician take turns, through the log itself, a thousand at once. Runs in a process of its own with the
installation's environment: sending so many over a socket takes longer than what is measured afterwards.
"""

import os
import sys
import uuid
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])
BATCH = 1_000


def main(conversation: str, until: int, text: str) -> None:
    """Append messages until the conversation has `until` events."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from chat.log.append import append
    from chat.log.entries import Author, Done, Entry, Say
    from chat.models import AuthorKind, Conversation

    row = Conversation.objects.select_related("technician", "customer").get(pk=conversation)
    assert row.technician is not None, "claim it first"
    sides = (
        Author(AuthorKind.CUSTOMER, row.customer_id, row.customer.name),
        Author(AuthorKind.TECHNICIAN, row.technician_id, row.technician.username),
    )
    for first in range(row.last_seq + 1, until + 1, BATCH):
        numbers = range(first, min(first + BATCH, until + 1))
        said = [Say(text.format(number=number), str(uuid.uuid4())) for number in numbers]
        done = append([Entry(row.id, sides[at % 2], say) for at, say in enumerate(said)])
        assert all(isinstance(one, Done) for one in done), done


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
