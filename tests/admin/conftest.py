"""The seeded demo, and an administrator at a browser."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import Technician
from chat.demo import seed


@pytest.fixture(autouse=True)
def demo(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.DEMO_PASSWORD = "printers-and-patience"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    seed()


@pytest.fixture
def ruth() -> Client:
    client = Client()
    client.force_login(Technician.objects.get(username="ruth"))
    return client
