"""A server that waits for a locked conversation with everybody who is in the same batch, again and again."""


def spoil() -> None:
    """Let it wait long, and forget what it has waited for."""
    from django.conf import settings

    from chat.log import held

    settings.DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=60000"
    held.among = lambda conversations: set()
