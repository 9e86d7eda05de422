"""The numbers with which connections are closed; what a client is to do with each stands in docs/protocol.md."""

PROTOCOL_BROKEN = 4400
TOKEN_NEEDED = 4401
NOT_ALLOWED = 4403
NO_HELLO = 4408
TOO_SLOW = 4409
FRAME_TOO_LARGE = 4413
TOO_FAST = 4429
RESTARTING = 1012
