"""The audit log in sentences. Read by administrators, added to by the product, changed by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from chat.admin.sentences import Known, sentence
from customers.admin.readonly import ReadOnly
from customers.admin.words import Dated, moment
from customers.models import AuditEntry, Customer

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[AuditEntry]
else:
    _Admin = admin.ModelAdmin

#: A search for a common name names so many customers and no more.
MOST_NAMED = 500


class Whoever(admin.SimpleListFilter):
    """By whom: the column holds one of three words."""

    title = "author"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The three."""
        return [("technician", "Technicians"), ("customer", "Customers"), ("system", "Rapport")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """As chosen."""
        return queryset.filter(actor_kind=self.value()) if self.value() else queryset


class Sentences(ChangeList):
    """A page of the list; whom its entries speak of is looked up for all of them at once."""

    def get_results(self, request: HttpRequest) -> None:
        """As usual, then the names."""
        super().get_results(request)
        entries = list(self.result_list)
        known = Known.of(entries)
        for entry in entries:
            entry.known = known
        self.result_list = entries


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, _Admin):
    """What was decided about who somebody is: who, when, why, from where."""

    list_display = ("when", "what", "reason", "by", "place")
    list_display_links = ("when",)
    list_filter = ("action", Whoever, ("at", Dated))
    search_fields = ("reason", "actor_name")
    search_help_text = "A customer's name, address or id, a technician, words of the reason"
    list_per_page = 50
    fields = ("when", "what", "reason", "by", "place", "more")
    readonly_fields = fields

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """One that knows names."""
        return Sentences

    @admin.display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        """To the second."""
        return f"{moment(entry.at)}:{entry.at:%S}"

    @admin.display(description="What")
    def what(self, entry: AuditEntry) -> SafeString:
        """The sentence."""
        known: Known = getattr(entry, "known", None) or Known.of([entry])
        return sentence(entry, known)

    @admin.display(description="By")
    def by(self, entry: AuditEntry) -> str:
        """Who."""
        if entry.actor_kind == "system":
            return "Rapport"
        return entry.actor_name or f"A {entry.actor_kind}"

    @admin.display(description="Besides")
    def more(self, entry: AuditEntry) -> str:
        """What else was written down."""
        details = entry.details if isinstance(entry.details, dict) else {}
        return ", ".join(f"{name}: {value}" for name, value in sorted(details.items())) or "–"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """By words, and by whom the entries are about."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        typed = search_term.strip()
        if not typed:
            return found, may_repeat
        try:
            ids = [UUID(typed)]
        except ValueError:
            named = Q(name__icontains=typed) | Q(identifiers__shown__icontains=typed)
            ids = list(Customer.objects.filter(named).values_list("pk", flat=True).distinct()[:MOST_NAMED])
        about = Q(customer__in=ids) | Q(other__in=ids)
        about |= Q(device__in=ids) | Q(link__in=ids) | Q(conversation__in=ids) | Q(actor__in=ids)
        return queryset.filter(about | Q(pk__in=found.values("pk"))), may_repeat
