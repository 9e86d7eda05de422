"""One function for each shape on the wire, used by sockets and HTTP alike."""
