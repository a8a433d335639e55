"""Static files carry a hash of their content in their names, so that browsers may keep them for good."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client, override_settings

from portal import settings as ours


@pytest.fixture
def gathered(tmp_path: Path) -> Iterator[Path]:
    """As in production: hashed, with every address in the style sheets found."""
    hashed = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES={**settings.STORAGES, **hashed}):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield tmp_path


def test_production_hashes_static_files() -> None:
    assert ours.DEBUG or "Manifest" in ours.STORAGES["staticfiles"]["BACKEND"]


def test_pages_name_files_by_their_hash(gathered: Path, client: Client, db: None) -> None:
    page = client.get("/accounts/login/").content.decode()
    names = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    assert len(names) >= 3
    for name in names:
        assert re.search(r"\.[0-9a-f]{12}\.", name), name
        assert (gathered / name).exists()


def test_style_sheets_name_no_other_host(gathered: Path) -> None:
    ours_only = [path for path in (gathered / "css").glob("*.css") if re.search(r"\.[0-9a-f]{12}\.css$", path.name)]
    assert ours_only
    for sheet in ours_only:
        assert not re.search(r"url\(|@import|https?:", sheet.read_text()), sheet.name
    assert staticfiles_storage.url("css/site.css") != "/static/css/site.css"
