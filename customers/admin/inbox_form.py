"""The form of an inbox: origins as lines, a colour from a palette, a public key as it comes from a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from django import forms
from django.core.exceptions import ValidationError

from customers.models import Inbox
from customers.models.inbox import check_origins, check_public_key

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _InboxForm = forms.ModelForm[Inbox]
else:
    _InboxForm = forms.ModelForm


class OriginsField(forms.CharField):
    """A list of origins, one a line; errors name the line that is wrong."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(str(line) for line in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list: lower case, without blanks, trailing slashes and repetitions.

        Raises ValidationError naming every line that is not an origin.
        """
        text = super().to_python(value) or ""
        origins = list(dict.fromkeys(_as_browsers_write(line) for line in text.splitlines() if line.strip()))
        wrong = []
        for origin in origins:
            try:
                check_origins([origin])
            except ValidationError as error:
                wrong.extend(error.messages)
        if wrong:
            raise ValidationError(wrong)
        return origins

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another list was typed."""
        return super().has_changed(self.prepare_value(initial), data)


class PublicKeyField(forms.CharField):
    """A public key in PEM form, kept in one way of writing; errors say what was pasted instead."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """The key as `-----BEGIN PUBLIC KEY-----`, "" for none. Raises ValidationError.

        Two inboxes with one key must be seen to have one, however its lines end: then only `aud` tells them apart.
        """
        text = str(super().to_python(value) or "")
        if not text:
            return ""
        if "PRIVATE KEY" in text:
            raise ValidationError(
                "This is the private half, which must stay on your server. Make a new pair, as this one has "
                "been shown, and paste its public half."
            )
        if "BEGIN CERTIFICATE" in text:
            raise ValidationError(
                "This is a certificate. Paste the key in it: openssl x509 -pubkey -noout -in FILE"
            )
        check_public_key(text)
        key = load_pem_public_key(text.encode())
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip()


class InboxForm(_InboxForm):
    """An inbox, in words of those who run a site."""

    allowed_origins = OriginsField(
        required=False,
        label="Sites that may show it",
        widget=forms.Textarea(
            attrs={"rows": 4, "cols": 60, "spellcheck": "false", "placeholder": "https://www.example.com"}
        ),
        help_text="One origin a line, such as https://www.example.com or https://shop.example.com:8443.",
    )
    identity_key = PublicKeyField(
        required=False,
        max_length=10_000,
        label="Public key",
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "cols": 66,
                "spellcheck": "false",
                "class": "pem",
                "placeholder": "-----BEGIN PUBLIC KEY-----",
            }
        ),
        help_text=(
            "Instead of the secret: the public half of a key pair (RSA of at least 2048 bits, or Ed25519), in PEM "
            "form. The private half stays on your server. While a key stands here, the secret is not accepted."
        ),
    )

    class Meta:
        model = Inbox
        fields = (
            *("name", "key", "greeting", "color", "allowed_origins", "separate"),
            *("identity_key", "vouching", "vouch_days", "held_after_days"),
        )
        labels = {
            "vouching": "Opening a history on a technician's word",
            "vouch_days": "For how many days",
            "held_after_days": "Ask whether a fix held",
        }
        help_texts = {
            "vouching": (
                "Somebody who has lost both mailbox and browser is recognised by a technician, who asks from what is "
                "on file. May the technician then show them their earlier conversations? The old mailboxes are told "
                "each time, and can end it with one click."
            ),
            "vouch_days": "After that the history closes again by itself. 1 to 365.",
            "held_after_days": (
                "So many days after a problem was solved the customer is asked whether it is still fixed. "
                "0: do not ask."
            ),
        }
        widgets = {"color": forms.TextInput(attrs={"type": "color"})}


def _as_browsers_write(line: str) -> str:
    """Small letters, no slash at the end, and no port where it is the usual one: else it would never match."""
    origin = line.strip().rstrip("/").lower()
    for scheme, port in (("http://", ":80"), ("https://", ":443")):
        if origin.startswith(scheme):
            origin = origin.removesuffix(port)
    return origin
