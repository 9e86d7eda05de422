"""The few pages beside console, widget and admin: what they say, and that they carry nothing inline."""

from __future__ import annotations

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def body(address: str, status: int = 200) -> str:
    answer = Client().get(address)
    assert answer.status_code == status
    text = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=\"", text)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    return text


def test_the_first_page_of_a_demo_leads_through_three_doors(settings):
    settings.DEMO = True
    text = body("/")
    for address in ("/demo/", "/console/", "/admin/"):
        assert f'href="{address}"' in text
    for name in ("ana", "bo", "cy", "ruth"):
        assert f"<code>{name}</code>" in text


def test_the_first_page_of_an_installation_tells_nothing_of_a_demo(settings):
    settings.DEMO = False
    text = body("/")
    assert 'href="/console/"' in text
    assert "demo" not in text.lower()
    assert "ruth" not in text
    body("/demo/", 404)


def test_the_demo_is_a_host_page_like_any_other(settings):
    settings.DEMO = True
    assert '<script async src="/widget.js" data-inbox="demo"></script>' in body("/demo/")


def test_what_went_wrong_is_said_in_plain_words(client):
    assert "There is nothing at this address" in body("/nothing-here", 404)
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/admin/login/", {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert "Please try that once more" in answer.content.decode()
