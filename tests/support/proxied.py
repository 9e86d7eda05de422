"""Servers of one installation behind the nginx that is shipped, reached over TLS like in production."""

from __future__ import annotations

import ssl
from typing import Any, Self

from tests.support.certificate import self_signed
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.installation import Installation, Server
from tests.support.wire import Wire
from tools.services import Nginx
from tools.services.nginx import Change


class Proxied:
    """`servers` processes of an installation behind nginx at `url`; a context manager.

    Embedded there can be one server only. `kind`: what they are, if not `Server` as it is. Other arguments as for `Installation`, settings among them. `trust` is what
    clients check TLS with; a client that reads SSL_CERT_FILE finds the certificate at `certificate`.
    Raises NotAvailable where nginx cannot be had.
    """

    def __init__(
        self, *, servers: int = 1, kind: type[Server] | None = None, change: Change | None = None, **how: Any
    ) -> None:
        self._own = self_signed()
        self.trust: ssl.SSLContext = self._own.trust()
        self.nginx = self.another_nginx(change)
        self.url = self.nginx.url
        self.certificate = self.nginx.folder / "certificate.pem"
        try:
            self.installation = Installation(**{"PUBLIC_URL": self.url, "BEHIND_PROXY": "true", **how})
        except BaseException:
            self.nginx.close()
            raise
        self.servers: list[Server] = []
        self._wanted, self._kind = servers, kind

    def another_nginx(self, change: Change | None = None) -> Nginx:
        """One more, not started, with the same certificate: it has ports of its own, and its own `close`."""
        return Nginx(certificate=self._own.certificate, key=self._own.key, change=change)

    def add(self, **settings: str) -> Server:
        """One more server, which nginx knows from now on."""
        server = self.installation.server(**settings)
        self.servers.append(server)
        self.introduce()
        return server

    def introduce(self) -> None:
        """Tell nginx which servers there are, whether they run or not."""
        self.nginx.send_to(*(server.port for server in self.servers))

    def customer(self, **more: Any) -> CustomerClient:
        """A browser that comes through nginx."""
        return CustomerClient(self.url, **more)

    def technician(self, username: str = "ana") -> TechnicianClient:
        """A console that comes through nginx."""
        return TechnicianClient(self.url, username, self.installation.password)

    async def connect(self, client: CustomerClient | TechnicianClient, **options: Any) -> Wire:
        """Open the client's socket with TLS checked; `options` as for its `connect`."""
        return await client.connect(**{"ssl": self.trust, **options})

    def __enter__(self) -> Self:
        try:
            self.servers = [self.installation.server(self._kind) for _ in range(self._wanted)]
            self.introduce()
            self.nginx.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End nginx, then the servers and what they stood on."""
        self.nginx.close()
        self.installation.close()
