"""The things tests stand on, as processes of our own: PostgreSQL, Redis, nginx; and where Chromium is.

Nothing here touches a service that is already running on the machine.
"""

from tools.services.chromium import find_chromium
from tools.services.nginx import Nginx, find_nginx
from tools.services.packages import NotAvailable
from tools.services.postgresql import PostgreSQL
from tools.services.process import Service
from tools.services.redis import Redis

__all__ = ["Nginx", "NotAvailable", "PostgreSQL", "Redis", "Service", "find_chromium", "find_nginx"]
