"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

from chat import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("demo/", views.demo, name="demo"),
    path("widget/frame/", views.widget_frame, name="widget-frame"),
    path("console/", views.console, name="console"),
    path("console/login/", views.Login.as_view(), name="console-login"),
    path("console/logout/", views.Logout.as_view(), name="console-logout"),
    path("admin/", admin.site.urls),
    path("api/", include("chat.api.urls")),
]
