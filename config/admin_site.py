"""The administrators' site: stock Django admin under our name."""

from django.contrib.admin import AdminSite


class RapportAdminSite(AdminSite):
    """Stock Django admin with Rapport's titles."""

    site_header = "Rapport administration"
    site_title = "Rapport"
    index_title = "What would you like to set up?"
    enable_nav_sidebar = False  # eight kinds of things: the index and the breadcrumbs lead everywhere
    site_url = None  # the console has its own link in the header, under its own name
