"""Identities that a host site signs for the people logged in there (JSON Web Tokens, RFC 7519).

HS256 with the inbox's secret, or RS256 / EdDSA with the public key registered for it: the key decides the algorithm,
never the token. Short-lived, for this inbox, and presented once.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.db import IntegrityError, transaction
from jwt.exceptions import InvalidJTIError, InvalidSubjectError

from customers import audit, normal
from customers.audit import Actor
from customers.models import Action, Customer, Device, Identifier, Inbox, Proof, UsedSignature
from customers.recognition.keys import outdate
from customers.services.claims import record_claims
from customers.services.grants import give, prove
from customers.services.links import link

#: A token is for the page that is being opened, not for a drawer.
LONGEST = timedelta(minutes=10)
#: Clocks differ.
LEEWAY = timedelta(seconds=30)
#: How long a browser counts as signed for after the signature; the next page view brings another.
SIGNED_FOR = timedelta(days=1)
LONGEST_SUBJECT = 150


class SignatureRefused(Exception):
    """The identity does not hold; `reason` is one word for the developer of the host site."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Signed:
    """Whom a host site has signed for. `email` only where it says that it has verified it; else it is a claim."""

    subject: str
    name: str = ""
    email: str = ""
    email_claimed: str = ""
    phone: str = ""

    def facts(self) -> dict[str, Any]:
        """The same as a plain mapping, for a visit's token."""
        return {name: value for name, value in asdict(self).items() if value}


def check(inbox: Inbox, token: object, *, at: datetime, actor: Actor) -> Signed:
    """Whom this token speaks for; from now on it speaks no more. Raises SignatureRefused, and writes it down."""
    try:
        claims = _claims(inbox, token, at)
        signed = _signed(claims)
        _once(inbox, claims)
    except SignatureRefused as refused:
        audit.refusal(Action.SIGNATURE_REFUSED, actor, at=at, reason=refused.reason, inbox=str(inbox.pk))
        raise
    return signed


def customer_of(inbox: UUID, subject: str) -> Customer | None:
    """The customer on file for a user of the host site."""
    found = (
        Identifier.objects.select_related("customer__inbox")
        .filter(kind=Identifier.Kind.HOST_USER, value=_user(inbox, subject), proof=Proof.SIGNED)
        .order_by("created_at")
        .first()
    )
    return found.customer if found else None


def keep_signed(inbox: UUID, facts: dict[str, Any], at: datetime) -> Customer:
    """The customer whom these facts name, made now if there was none, with what was signed about them."""
    signed = Signed(**facts)
    customer = customer_of(inbox, signed.subject)
    if customer is None:
        customer = Customer.objects.create(inbox_id=inbox, created_at=at)
    remember_signed(customer, inbox, signed, at)
    return customer


def remember_signed(customer: Customer, inbox: UUID, signed: Signed, at: datetime) -> None:
    """Keep what the host site says of a customer."""
    said = {"at": at, "proof": Proof.SIGNED, "evidence": "signed by the host site"}
    prove(
        customer,
        Identifier.Kind.HOST_USER,
        value=_user(inbox, signed.subject),
        shown=signed.subject,
        **said,  # type: ignore[arg-type]
    )
    if signed.email:
        address = normal.email(signed.email)
        prove(customer, Identifier.Kind.EMAIL, value=address.value, shown=address.shown, **said)  # type: ignore[arg-type]
    claimed = {"email": signed.email_claimed, "phone": signed.phone}
    record_claims(customer=customer, claims=dict(claims_in(claimed)), at=at)
    if signed.name and (customer.name != signed.name or customer.name_proof != Proof.SIGNED):
        customer.name, customer.name_proof = signed.name, Proof.SIGNED
        customer.save(update_fields=["name", "name_proof"])
        outdate(customer.pk)


def grant_signed(device: Device, signed: Signed, inbox: Inbox, *, at: datetime, actor: Actor) -> None:
    """Open to this browser what the signature opens: the person it names, and whom the same verified mailbox proves."""
    until = at + SIGNED_FOR
    give(device, device.customer, Proof.SIGNED, at=at, actor=actor, evidence="host site", expires_at=until)
    audit.record(Action.SIGNED, actor, at=at, customer=device.customer_id, device=device.pk)
    if not signed.email:
        return
    # Only within the inbox whose site has verified the address: it may not speak for another site's customers.
    others = Customer.objects.filter(
        inbox=inbox,
        identifiers__kind=Identifier.Kind.EMAIL,
        identifiers__value=normal.email(signed.email).value,
        identifiers__proof__in=[Proof.PROVEN, Proof.SIGNED],
    ).exclude(pk=device.customer_id)
    for other in others.distinct():
        give(device, other, Proof.SIGNED, at=at, actor=actor, evidence="verified address", expires_at=until)
        link(device.customer, other, reason="The same verified address.", proof=Proof.SIGNED, by=actor, at=at)


def claims_in(texts: dict[str, str]) -> list[tuple[str, str]]:
    """Those of these texts that can be what they say."""
    good = []
    for kind, text in texts.items():
        try:
            normal.CLAIMS[kind](text)
        except ValueError:
            continue
        good.append((kind, text))
    return good


def _claims(inbox: Inbox, token: object, at: datetime) -> dict[str, Any]:
    if not isinstance(token, str) or not token or len(token) > 8_000:
        raise SignatureRefused("malformed")
    key, algorithm = _key_of(inbox)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            leeway=LEEWAY,
            options={"require": ["sub", "exp", "iat", "jti"], "verify_aud": False, "verify_iss": False},
        )
    except jwt.ExpiredSignatureError:
        raise SignatureRefused("expired") from None
    except jwt.ImmatureSignatureError:
        raise SignatureRefused("not_yet") from None
    except jwt.InvalidAlgorithmError:
        raise SignatureRefused("algorithm") from None
    except jwt.InvalidSignatureError:
        raise SignatureRefused("signature") from None
    except (jwt.MissingRequiredClaimError, InvalidSubjectError, InvalidJTIError):
        raise SignatureRefused("claims") from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        raise SignatureRefused("malformed") from None
    return _timely(inbox, claims, at)


def _timely(inbox: Inbox, claims: dict[str, Any], at: datetime) -> dict[str, Any]:
    now = at.timestamp()
    try:
        ends = float(claims["exp"])
        began = float(claims["iat"])
    except (TypeError, ValueError, OverflowError):
        raise SignatureRefused("claims") from None
    if not ends <= now + (LONGEST + LEEWAY).total_seconds():
        raise SignatureRefused("too_long")
    if not began <= now + LEEWAY.total_seconds():
        raise SignatureRefused("not_yet")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    shared = inbox.identity_key and _shares_key(inbox)
    if (audience is not None or shared) and inbox.key not in named:
        raise SignatureRefused("audience")
    return claims


def _key_of(inbox: Inbox) -> tuple[Any, str]:
    if not inbox.identity_key:
        return inbox.identity_secret, "HS256"
    key = load_pem_public_key(inbox.identity_key.strip().encode())
    return key, "RS256" if isinstance(key, rsa.RSAPublicKey) else "EdDSA"


def _shares_key(inbox: Inbox) -> bool:
    """With one key for several inboxes only `aud` tells for which of them a token was made."""
    return Inbox.objects.filter(identity_key=inbox.identity_key).exclude(pk=inbox.pk).exists()


def _signed(claims: dict[str, Any]) -> Signed:
    subject, jti = claims["sub"], claims["jti"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise SignatureRefused("claims")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 500:
        raise SignatureRefused("claims")
    texts = {name: claims.get(name) for name in ("name", "email", "phone")}
    good = dict(claims_in({name: text for name, text in texts.items() if isinstance(text, str)}))
    verified = claims.get("email_verified") is True
    return Signed(
        subject=subject,
        name=normal.name(good["name"]).shown if "name" in good else "",
        email=good.get("email", "") if verified else "",
        email_claimed="" if verified else good.get("email", ""),
        phone=good.get("phone", ""),
    )


def _once(inbox: Inbox, claims: dict[str, Any]) -> None:
    kept = hashlib.sha256(str(claims["jti"]).encode("utf-8", "surrogatepass")).digest()
    ends = datetime.fromtimestamp(float(claims["exp"]), UTC) + LEEWAY * 2
    try:
        with transaction.atomic():
            UsedSignature.objects.create(inbox=inbox, jti_hash=kept, expires_at=ends)
    except IntegrityError:
        raise SignatureRefused("replayed") from None


def _user(inbox: UUID, subject: str) -> str:
    """User ids are the host site's own: the same number at another site is somebody else."""
    return f"{inbox.hex}:{subject}"
