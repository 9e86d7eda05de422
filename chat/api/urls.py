"""Addresses below /api/."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from chat.api import (  # noqa: F401  (openapi registers itself)
    console,
    customer,
    customer_after,
    mail_links,
    openapi,
    recall,
    recognition,
    recovery,
)
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
    path(WIDGET + "recovery/mailbox", recovery.Mailbox.as_view(), name="widget-recovery-mailbox"),
    path(WIDGET + "recovery/code", recovery.Code.as_view(), name="widget-recovery-code"),
    path(WIDGET + "recovery/resume-key", recovery.ResumeKey.as_view(), name="widget-recovery-resume-key"),
    path(
        WIDGET + "conversations/<uuid:conversation>/resume-key",
        recovery.NewResumeKey.as_view(),
        name="widget-new-resume-key",
    ),
    path(WIDGET + "resume-keys", recovery.ResumeKeys.as_view(), name="widget-resume-keys"),
    path(WIDGET + "devices", recovery.Devices.as_view(), name="widget-devices"),
    path(WIDGET + "devices/<uuid:device>", recovery.Device.as_view(), name="widget-device"),
    path(
        WIDGET + "conversations/<uuid:conversation>/transcript",
        customer_after.Transcript.as_view(),
        name="widget-transcript",
    ),
    path(
        WIDGET + "conversations/<uuid:conversation>/outcome",
        customer_after.Outcome.as_view(),
        name="widget-outcome",
    ),
    path(WIDGET + "link", mail_links.Link.as_view(), name="widget-link"),
    path(WIDGET + "link/use", mail_links.LinkUse.as_view(), name="widget-link-use"),
    path(OURS, console.Conversation.as_view(), name="conversation"),
    path(OURS + "/return-card", console.ReturnCard.as_view(), name="return-card"),
    path(OURS + "/outcome-draft", console.Draft.as_view(), name="outcome-draft"),
    path(OURS + "/resend-fix", recall.ResendFix.as_view(), name="resend-fix"),
    path(OURS + "/fixed-again", recall.FixedAgain.as_view(), name="fixed-again"),
    path(OURS + "/promises", recall.Promises.as_view(), name="promises"),
    path("v1/promises/<uuid:promise>/kept", recall.Kept.as_view(), name="promise-kept"),
    path(OURS + "/vouch", recognition.Vouch.as_view(), name="vouch"),
    path(OURS + "/not-same", recognition.NotSame.as_view(), name="not-same"),
    path(OURS + "/disclosures", recognition.Disclosures.as_view(), name="disclosures"),
    path("v1/vouches/<uuid:vouch>/agree", recognition.Agree.as_view(), name="vouch-agree"),
    path("v1/vouches/<uuid:vouch>/refuse", recognition.Refuse.as_view(), name="vouch-refuse"),
    path("v1/links", recognition.Links.as_view(), name="links"),
    path("v1/links/preview", recognition.Preview.as_view(), name="links-preview"),
    path("v1/links/<uuid:link>", recognition.Link.as_view(), name="link"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", Docs.as_view(url_name="schema"), name="docs"),
    path("<path:rest>", NotHere.as_view()),
]
