"""The page behind the links in mails, and the demo's page of the mails it kept."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.mail.kept import kept_mails, shown_mails

#: What a reverse proxy adds. One that we were not told of makes everybody look as if they sat at this machine.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")

LINK_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


@require_safe
def link_page(request: HttpRequest) -> HttpResponse:
    """The same page for every link: what follows the # stays in the browser, and the page asks what it is for."""
    response = render(request, "pages/link.html")
    response["Content-Security-Policy"] = LINK_POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def demo_mail(request: HttpRequest) -> HttpResponse:
    """The mails of the demo, newest first; JSON where that is asked for. Only in the demo, only from this machine."""
    if not settings.DEMO or not _from_here(request):
        raise Http404
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        response: HttpResponse = JsonResponse(kept_mails(), safe=False)
    else:
        response = render(request, "pages/mail.html", {"mails": shown_mails()})
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _from_here(request: HttpRequest) -> bool:
    if not settings.BEHIND_PROXY and any(header in request.META for header in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback
