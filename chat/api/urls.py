"""Addresses below /api/."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from chat.api import console, customer, openapi  # noqa: F401  (openapi registers itself)
from chat.api.docs import Docs
from chat.api.errors import NotHere

WIDGET = "widget/v1/"
OURS = "v1/conversations/<uuid:conversation>"

urlpatterns = [
    path(WIDGET + "session", customer.Session.as_view(), name="widget-session"),
    path(WIDGET + "about", customer.About.as_view(), name="widget-about"),
    path(WIDGET + "conversations", customer.Conversations.as_view(), name="widget-conversations"),
    path(
        WIDGET + "conversations/<uuid:conversation>/events", customer.Events.as_view(), name="widget-events"
    ),
    path(
        WIDGET + "conversations/<uuid:conversation>/messages",
        customer.Messages.as_view(),
        name="widget-messages",
    ),
    path(WIDGET + "conversations/<uuid:conversation>/read", customer.Read.as_view(), name="widget-read"),
    path(OURS, console.Conversation.as_view(), name="conversation"),
    path(OURS + "/return-card", console.ReturnCard.as_view(), name="return-card"),
    path(OURS + "/outcome-draft", console.Draft.as_view(), name="outcome-draft"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", Docs.as_view(url_name="schema"), name="docs"),
    path("<path:rest>", NotHere.as_view()),
]
