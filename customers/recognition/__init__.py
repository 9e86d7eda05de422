"""Who on file may be the one who writes: claims compared, never trusted. Nothing here opens or moves anything."""

from customers.recognition.evidence import Evidence, PastProblem, Suggestion
from customers.recognition.keys import catch_up, catch_up_all, forget, marked, refresh
from customers.recognition.suggesting import refused_for, suggest
from customers.recognition.traits import as_compared, record_traits, traits_of

__all__ = [
    "Evidence",
    "PastProblem",
    "Suggestion",
    "as_compared",
    "catch_up",
    "catch_up_all",
    "forget",
    "marked",
    "record_traits",
    "refresh",
    "refused_for",
    "suggest",
    "traits_of",
]
