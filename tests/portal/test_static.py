"""Static files carry a hash of their content in their names, so that browsers may keep them for good."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client, override_settings
from whitenoise.storage import CompressedManifestStaticFilesStorage

from portal import settings as ours
from portal.static_files import HashedFiles

HASHED = "portal.static_files.HashedFiles"


@pytest.fixture
def gathered(tmp_path: Path) -> Iterator[Path]:
    """As in production: hashed, with every address in the style sheets found."""
    hashed = {"staticfiles": {"BACKEND": HASHED}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES={**settings.STORAGES, **hashed}):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield tmp_path


def test_production_hashes_static_files() -> None:
    assert ours.DEBUG or ours.STORAGES["staticfiles"]["BACKEND"] == HASHED
    assert issubclass(HashedFiles, CompressedManifestStaticFilesStorage)


def test_script_names_the_one_it_imports_by_its_hash(gathered: Path) -> None:
    importing = gathered / staticfiles_storage.url("js/autosave.js").removeprefix("/static/")
    name = re.search(r'from "\./(line_fields\.[0-9a-f]{12}\.js)"', importing.read_text())
    assert name
    assert (gathered / "js" / name[1]).exists()


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
