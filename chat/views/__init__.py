"""Pages: the console, the widget's frame, what a visitor of the bare address sees, and the health checks."""

from chat.views.console import Login, Logout, console
from chat.views.health import healthz, readyz
from chat.views.mail import demo_mail, link_page
from chat.views.site import demo, home, widget_frame

__all__ = [
    "Login",
    "Logout",
    "console",
    "demo",
    "demo_mail",
    "healthz",
    "home",
    "link_page",
    "readyz",
    "widget_frame",
]
