"""Sockets. A consumer reads a frame, calls a service and passes the answer on; no rule lives here."""
