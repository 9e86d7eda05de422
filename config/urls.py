"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

from chat.views import Login, Logout, console, demo, demo_mail, home, link_page, widget_frame

urlpatterns = [
    path("", home, name="home"),
    path("demo/", demo, name="demo"),
    path("demo/mail/", demo_mail, name="demo-mail"),
    path("link/", link_page, name="link-page"),
    path("widget/frame/", widget_frame, name="widget-frame"),
    path("console/", console, name="console"),
    path("console/login/", Login.as_view(), name="console-login"),
    path("console/logout/", Logout.as_view(), name="console-logout"),
    path("admin/", admin.site.urls),
    path("api/", include("chat.api.urls")),
]
