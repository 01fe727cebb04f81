"""Uploads stay in memory."""

import tempfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(("size", "status"), [(3_000_000, 200), (7_000_000, 400)])
def test_a_server_that_may_write_nowhere_answers_whatever_is_uploaded(
    client: Client, monkeypatch: Any, size: int, status: int
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    sent = {"login": "x", "password": "x", "file": SimpleUploadedFile("people.csv", b"a" * size)}
    answer = client.post("/account/sign-in/", sent)
    assert answer.status_code == status
    assert b"<h1" in answer.content
