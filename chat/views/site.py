"""The widget's frame, the front page, the demo's host page."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page

from chat.policies import framed_by
from customers.selectors import inbox_by_key


@gzip_page
def widget_frame(request: HttpRequest) -> HttpResponse:
    """The frame that a host page shows: framed only by its inbox's origins and ourselves; 404 for an unknown key."""
    inbox = inbox_by_key(request.GET.get("inbox"))
    if inbox is None:
        raise Http404
    shown = {"key": inbox.key, "name": inbox.name, "color": inbox.color, "greeting": inbox.greeting}
    locale = request.GET.get("locale", "")[:35]
    response = render(
        request, "widget/frame.html", {"inbox": shown, "config": {"inbox": shown, "locale": locale}}
    )
    response["Content-Security-Policy"] = framed_by(inbox.allowed_origins)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-cache"
    return response


def home(request: HttpRequest) -> HttpResponse:
    """A short page on what runs here."""
    return render(request, "pages/home.html", {"demo": settings.DEMO})


def demo(request: HttpRequest) -> HttpResponse:
    """A host page with the widget; only where the demo runs."""
    if not settings.DEMO:
        raise Http404
    return render(request, "pages/demo.html", {"inbox_key": "demo"})
