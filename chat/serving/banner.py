"""What is printed when the server is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from chat.demo import DemoAccounts


def text(accounts: DemoAccounts | None) -> str:
    """Where to go and, in the demo, how to log in."""
    url = settings.PUBLIC_URL
    lines = ["", f"Rapport is ready at {url}", ""]
    if accounts is None:
        lines += [f"  Console   {url}/console/", f"  Admin     {url}/admin/", ""]
        lines += ["  First account: python manage.py createsuperuser", ""]
        return "\n".join(lines)
    lines += [
        f"  Be a customer        {url}/demo/",
        f"  Be a technician      {url}/console/    ana, bo (Printers), cy (Billing)",
        f"  Be an administrator  {url}/admin/      ruth",
        f"  Password for all     {accounts.password}",
        f"  Mails (kept)         {url}/demo/mail/",
        "",
        "  Stop with Ctrl-C.",
        "",
    ]
    return "\n".join(lines)
