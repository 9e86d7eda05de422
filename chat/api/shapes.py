"""The shapes of requests and answers, for the OpenAPI schema. What is let in is decided by the services."""

from __future__ import annotations

from rest_framework import serializers


class SessionRequest(serializers.Serializer):  # type: ignore[type-arg]
    """Who opens the widget, and where."""

    inbox = serializers.CharField(help_text="Public inbox key.")
    device_token = serializers.CharField(required=False, allow_null=True)
    access_token = serializers.CharField(required=False, allow_null=True, help_text="Of the visit before.")
    identity = serializers.CharField(required=False, allow_null=True, help_text="Signed by the host site.")
    shared = serializers.BooleanField(required=False, help_text="A shared computer: set no cookie.")
    environment = serializers.DictField(
        required=False, help_text="page, referrer, locale, time_zone, screen, product …"
    )


class Claims(serializers.Serializer):  # type: ignore[type-arg]
    """What somebody says of themselves."""

    name = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    order = serializers.CharField(required=False)
    serial = serializers.CharField(required=False)


class MessageRequest(serializers.Serializer):  # type: ignore[type-arg]
    """A message to be stored once, however often it is sent."""

    client_id = serializers.CharField(max_length=64)
    text = serializers.CharField(max_length=8000)


class StartRequest(MessageRequest):
    """The first message of a conversation."""

    subject = serializers.CharField(required=False, max_length=120)
    product = serializers.CharField(required=False, max_length=200)
    about = Claims(required=False)


class ReadRequest(serializers.Serializer):  # type: ignore[type-arg]
    """How far the customer has read."""

    seq = serializers.IntegerField(min_value=1)


class MailboxRequest(serializers.Serializer):  # type: ignore[type-arg]
    """An address, the old one or the new one."""

    email = serializers.CharField(max_length=254)


class CodeRequest(serializers.Serializer):  # type: ignore[type-arg]
    """What the mail said."""

    code = serializers.CharField(max_length=20, help_text="Six digits.")


class KeyRequest(serializers.Serializer):  # type: ignore[type-arg]
    """What was handed out when a conversation was resolved."""

    key = serializers.CharField(max_length=100, help_text="RAPP-XXXXX-XXXXX-XXXXX-XXXXX")


class VouchRequest(serializers.Serializer):  # type: ignore[type-arg]
    """Whom a technician has recognised, and by what."""

    customer = serializers.UUIDField()
    facts = serializers.ListField(child=serializers.CharField(max_length=300), required=False)
    reason = serializers.CharField(required=False, max_length=500)


class CustomerWithReason(serializers.Serializer):  # type: ignore[type-arg]
    """A customer, and why."""

    customer = serializers.UUIDField()
    reason = serializers.CharField(required=False, max_length=500)


class LinkRequest(serializers.Serializer):  # type: ignore[type-arg]
    """Two customers who are one person, and why."""

    a = serializers.UUIDField()
    b = serializers.UUIDField()
    reason = serializers.CharField(max_length=500)


class Reason(serializers.Serializer):  # type: ignore[type-arg]
    """Why."""

    reason = serializers.CharField(max_length=500)


class Refusal(serializers.Serializer):  # type: ignore[type-arg]
    """The body of every error."""

    code = serializers.CharField()
    message = serializers.CharField()
    fields_ = serializers.DictField(help_text="On the wire: `fields`.")
    retry = serializers.BooleanField()


class OutcomeDraft(serializers.Serializer):  # type: ignore[type-arg]
    """What the resolve form is filled with."""

    problem = serializers.CharField(allow_blank=True)
    cause = serializers.CharField(allow_blank=True)
    fix = serializers.CharField(allow_blank=True)
    applies_to = serializers.CharField(allow_blank=True)


class OutcomeNamed(serializers.Serializer):  # type: ignore[type-arg]
    """An earlier outcome."""

    outcome = serializers.UUIDField()


class ResendRequest(OutcomeNamed):
    """An earlier outcome whose fix is sent once more."""

    client_id = serializers.CharField(required=False, max_length=64)


class Resent(serializers.Serializer):  # type: ignore[type-arg]
    """The message that was sent."""

    conversation = serializers.UUIDField()
    client_id = serializers.CharField()
    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    duplicate = serializers.BooleanField()
    text = serializers.CharField()


class PromiseRequest(serializers.Serializer):  # type: ignore[type-arg]
    """What was promised, and by when."""

    text = serializers.CharField(max_length=500)
    due_at = serializers.DateTimeField(required=False, allow_null=True)


class PromiseShown(serializers.Serializer):  # type: ignore[type-arg]
    """A promise in the return card."""

    id = serializers.UUIDField()
    conversation = serializers.UUIDField()
    text = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    by = serializers.CharField()
    at = serializers.DateTimeField()
