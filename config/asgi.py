"""The ASGI application: static files, Django for HTTP, our consumers for sockets. Runs under any ASGI server."""

from __future__ import annotations

import os
from typing import cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.handler import one_step_application

django_application = one_step_application()  # first: it loads the apps that the next imports need

from channels.routing import ProtocolTypeRouter
from django.conf import settings

from chat.consumers.routing import sockets
from chat.views import Probes
from config.lifespan import Lifespan
from config.static import Application, StaticFiles
from config.watched import Watched

application = Lifespan(
    Watched(
        Probes(
            StaticFiles(
                cast(Application, ProtocolTypeRouter({"http": django_application, "websocket": sockets})),
                root=settings.STATIC_ROOT,
            )
        )
    )
)
