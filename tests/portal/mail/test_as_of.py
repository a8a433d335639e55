"""Every e-mail says as of when it was written: those of every kind, in both forms."""

import pytest
from django.template.loader import get_template

from portal.environment import BASE

FOLDER = BASE / "templates/emails"
KINDS = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


@pytest.mark.parametrize("form", ["html", "txt"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_email_says_as_of_when(kind: str, form: str) -> None:
    """Its footer is the base's, which no kind replaces: the base has no block for it."""
    get_template(f"emails/{kind}/body.{form}")
    assert (FOLDER / kind / f"body.{form}").read_text().startswith(f'{{% extends "emails/base.{form}" %}}')


@pytest.mark.parametrize("form", ["html", "txt"])
def test_the_base_of_emails_says_as_of_when_in_beijing_time(form: str) -> None:
    assert "as of {{ time }} Beijing time" in (FOLDER / f"base.{form}").read_text()
