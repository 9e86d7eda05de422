"""The shapes of requests and answers, for the OpenAPI schema. What is let in is decided by the services."""

from __future__ import annotations

from rest_framework import serializers


class SessionRequest(serializers.Serializer):  # type: ignore[type-arg]
    """Who opens the widget, and where."""

    inbox = serializers.CharField(help_text="Public inbox key.")
    device_token = serializers.CharField(required=False, allow_null=True)
    access_token = serializers.CharField(required=False, allow_null=True, help_text="Of the visit before.")
    identity = serializers.CharField(required=False, allow_null=True, help_text="Signed by the host site.")
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
