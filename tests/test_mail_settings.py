"""Where mails go and whom they come from: read from the environment, refused in a sentence when it cannot be."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import mail

PLAIN = {"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False}


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", {}),
        (
            "smtp://127.0.0.1:2525",
            {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 2525, "EMAIL_HOST_USER": "", **PLAIN},
        ),
        ("smtp://mail.example", {"EMAIL_HOST": "mail.example", "EMAIL_PORT": 25, **PLAIN}),
        (
            "smtp+tls://us%40er:p%3Ass@mail.example:587",
            {
                "EMAIL_HOST_USER": "us@er",
                "EMAIL_HOST_PASSWORD": "p:ss",
                "EMAIL_PORT": 587,
                "EMAIL_USE_TLS": True,
            },
        ),
        ("smtp+tls://mail.example", {"EMAIL_PORT": 587, "EMAIL_USE_TLS": True, "EMAIL_USE_SSL": False}),
        ("smtp+ssl://u:p@mail.example", {"EMAIL_PORT": 465, "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True}),
    ],
)
def test_the_mail_server(monkeypatch: pytest.MonkeyPatch, url: str, found: dict[str, object]) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    server = mail.server()
    assert {name: server[name] for name in found} == found
    assert bool(server) == bool(url)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:587",
        "smtp://",
        "http://mail.example",
        "consolemail://",
        "smtp://mail.example:port",
        "smtp://h/path",
        "tls",
    ],
)
def test_what_is_no_mail_server_stops_the_start(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        mail.server()


@pytest.mark.parametrize(
    ("given", "public", "sender"),
    [
        ("", "https://chat.example:8443", "Rapport <rapport@chat.example>"),
        ("", "http://127.0.0.1:8000", "Rapport <rapport@localhost>"),
        ("", "http://[::1]:8000", "Rapport <rapport@localhost>"),
        ("help@shop.example", "http://x", "help@shop.example"),
        ("Shop help <help@shop.example>", "http://x", "Shop help <help@shop.example>"),
        ('"Shop, help" <help@shop.example>', "http://x", '"Shop, help" <help@shop.example>'),
    ],
)
def test_the_sender(monkeypatch: pytest.MonkeyPatch, given: str, public: str, sender: str) -> None:
    monkeypatch.setenv("MAIL_FROM", given)
    assert mail.sender(public) == sender


@pytest.mark.parametrize(
    "given",
    ["help", "help@", "Shop", "a@shop.example, b@shop.example", "help@shop.example\nBcc: x@y.example", "<>"],
)
def test_what_is_no_sender_stops_the_start(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("MAIL_FROM", given)
    with pytest.raises(ImproperlyConfigured, match="MAIL_FROM"):
        mail.sender("https://chat.example")
