"""Pages: the console, the widget's frame, what a visitor of the bare address sees, and the health checks."""

from chat.views.console import Login, Logout, console
from chat.views.health import healthz, readyz
from chat.views.site import demo, home, widget_frame

__all__ = ["Login", "Logout", "console", "demo", "healthz", "home", "readyz", "widget_frame"]
