"""The type comes with the portal, reaches no browser, and only the weights in use are sent along."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from portal.environment import BASE
from portal.printing import typeface


def test_each_folder_holds_one_font() -> None:
    assert [file.parent for file in typeface.files()] == settings.TYPE_FOLDERS


def test_a_missing_folder_is_named_with_the_way_out(tmp_path: Path) -> None:
    with (
        override_settings(TYPE_FOLDERS=[*settings.TYPE_FOLDERS, tmp_path / "gone"]),
        pytest.raises(ImproperlyConfigured, match=r"gone.*make setup"),
    ):
        typeface.files()


def test_common_and_rare_characters_are_known() -> None:
    assert {ord(sign) for sign in "衡阳市承诺书〔〕—…●▲■↑↓〓䶮\U0002b5f4"} <= typeface.printable()
    assert not {ord(sign) for sign in "𠮷\U0001f600\u200b\n"} & typeface.printable()


def test_the_type_is_no_static_file() -> None:
    files = [name for finder in finders.get_finders() for name, _storage in finder.list([])]
    assert files
    assert not [name for name in files if "noto" in name.lower() or name.endswith((".ttf", ".otf"))]


def test_a_pack_carries_the_weights_that_are_printed() -> None:
    sent = re.search(r"^TYPE := (.+)$", (BASE / "Makefile").read_text(), re.MULTILINE)
    assert sent is not None
    assert [BASE / "node_modules/@expo-google-fonts" / face for face in sent[1].split()] == settings.TYPE_FOLDERS
