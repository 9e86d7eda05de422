"""HTTP: the same services as the sockets, for programs, for admin pages and for when sockets are blocked."""
