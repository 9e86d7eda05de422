"""A worker that takes the next mail without keeping others from it: it looks first, and claims what it saw."""

import sys
import time
from datetime import datetime
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[3])

LOOK = 0.005  # seconds between looking and claiming, as a busy database makes them


def main(lease: float) -> None:
    """Break the claim, then work."""
    import os

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from chat.mail import sending
    from chat.models import Mail
    from tests.support import worker

    def claim(now: datetime) -> Mail | None:
        mail = sending._waiting().filter(due_at__lte=now).order_by("due_at").first()
        if mail is not None:
            time.sleep(LOOK)
            mail.due_at, mail.tries = now + sending.LEASE, mail.tries + 1
            mail.save(update_fields=["due_at", "tries"])
        return mail

    assert callable(sending._claim), "claiming has changed: break it in another place"
    sending._claim = claim
    worker.main(lease)


if __name__ == "__main__":
    main(float(sys.argv[1]))
