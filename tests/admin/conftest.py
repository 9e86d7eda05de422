"""The seeded demo, and an administrator at a browser."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import Technician
from chat.demo import seed
from chat.demo_story import STORIES
from tests.admin.family import Family


@pytest.fixture(autouse=True)
def demo(settings, tmp_path, monkeypatch):
    monkeypatch.setattr("chat.demo.STORIES", STORIES[:2])  # enough to look at, and made for every test anew
    settings.DATA_DIR = tmp_path
    settings.DEMO_PASSWORD = "printers-and-patience"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    seed()


@pytest.fixture
def family() -> Family:
    """Mara of March and Mara of July, linked on a technician's word, with a row on every page."""
    return Family.make()


@pytest.fixture
def ruth() -> Client:
    client = Client()
    client.force_login(Technician.objects.get(username="ruth"))
    return client
