"""Pages: the console, the widget's frame, what a visitor of the bare address sees, and what other programs ask."""

from chat.views.console import Login, Logout, console
from chat.views.mail import demo_mail, link_page
from chat.views.probes import Probes
from chat.views.site import demo, home, widget_frame

__all__ = [
    "Login",
    "Logout",
    "Probes",
    "console",
    "demo",
    "demo_mail",
    "home",
    "link_page",
    "widget_frame",
]
