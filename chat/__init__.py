"""Conversations: the log, the queue, recall, sockets, API and pages. May import agents and customers."""
