"""Hires technicians for a load run and prints their session cookies as JSON: `staff.py HOW_MANY [PREFIX]`.

Runs in a process of its own with the installation's environment. Logging in over HTTP would work as well, but
password hashes are slow on purpose and the limits on log-ins are not to be lifted.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])


def main(how_many: int, prefix: str = "load") -> None:
    """Make the accounts and print `["rapport_session=…", …]`."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model

    store = import_module(settings.SESSION_ENGINE).SessionStore
    cookies = []
    for number in range(how_many):
        person = get_user_model()(username=f"{prefix}-{number}", first_name=f"Load {number}")
        person.set_unusable_password()
        person.save()
        session = store()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
    json.dump(cookies, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
