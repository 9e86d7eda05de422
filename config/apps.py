from django.contrib.admin.apps import AdminConfig


class RapportAdminConfig(AdminConfig):
    """Django admin with Rapport's own site."""

    default_site = "config.admin_site.RapportAdminSite"
