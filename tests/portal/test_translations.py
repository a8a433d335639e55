"""The catalogue: complete, and its checks find what they are for."""

import os
from pathlib import Path
from typing import IO

import pytest
from babel.messages.catalog import Catalog
from django.utils import translation
from pytest_django import Settings

from portal import translations

ENTRY = 'msgid "%(count)s of %(all)s"\nmsgstr "%(all)s个中的%(count)s个"\n'
ASKED: set[translations.Key] = {(None, "%(count)s of %(all)s")}


def test_every_text_of_the_portal_is_there_in_chinese() -> None:
    assert translations.check() == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (ENTRY, ""),
        ("", "missing"),
        (ENTRY + '\nmsgid "old"\nmsgstr "旧"\n', "superfluous"),
        (ENTRY + "\n" + ENTRY, "twice"),
        ('msgid "%(count)s of %(all)s"\nmsgstr ""\n', "empty"),
        ("#, fuzzy\n" + ENTRY, "fuzzy"),
        (ENTRY.replace("%(all)s个中的", ""), "placeholders"),
        (ENTRY.replace("%(all)s个", "%(each)s个"), "placeholders"),
    ],
)
def test_catalogue_faults_are_found(source: str, fault: str) -> None:
    head = 'msgid ""\nmsgstr "Language: zh_Hans\\n"\n\n'
    found = translations.faults(head + source, ASKED, set())
    assert [line.partition(":")[0] for line in found] == ([fault] if fault else [])


def test_texts_of_packages_may_be_there() -> None:
    head = 'msgid ""\nmsgstr "Language: zh_Hans\\n"\n\n'
    assert translations.faults(head + ENTRY, set(), ASKED) == []


def test_texts_are_found_in_python() -> None:
    source = (
        'x = _("one")\ny = gettext_lazy("two " "halves")\n'
        'z = ngettext("%(n)s line", "%(n)s lines", n)\np = pgettext("unit", "park")\nq = other("no")\n'
    )
    assert translations.texts_of(source, template=False) == {
        (None, "one"),
        (None, "two halves"),
        (None, "%(n)s line"),
        ("unit", "park"),
    }


def test_texts_are_found_in_templates_however_they_are_indented() -> None:
    source = """{% load i18n %}
      <p title="{% translate 'a title' %}">{% blocktranslate with n=x %}{{ n }} of it{% endblocktranslate %}</p>
   {% blocktranslate count n=x trimmed %}
     {{ n }} line
   {% plural %}
     {{ n }} lines
   {% endblocktranslate %}
          {{ name|default:_("nobody") }} {% translate "park" context "unit" %} not this "text"
    """
    assert translations.texts_of(source, template=True) == {
        (None, "a title"),
        (None, "%(n)s of it"),
        (None, "%(n)s line"),
        (None, "nobody"),
        ("unit", "park"),
    }


def test_sort_merges_what_is_there_twice_and_changes_nothing_the_second_time(tmp_path: Path) -> None:
    path = tmp_path / "django.po"
    head = 'msgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n'
    b, a = 'msgid "b"\nmsgstr "乙"\n', 'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "甲"\n'
    path.write_text("\n".join([head, b, a, b]))
    translations.sort(path)
    assert path.read_text() == "\n".join([head, a, b])
    translations.sort(path)
    assert path.read_text() == "\n".join([head, a, b])


def test_compiling_writes_what_is_newer_only(tmp_path: Path) -> None:
    path = tmp_path / "django.po"
    path.write_text('msgid "a"\nmsgstr "甲"\n')
    assert translations.compile_all(tmp_path) == [tmp_path / "django.mo"]
    assert translations.compile_all(tmp_path) == []


def test_half_a_catalogue_is_never_where_others_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands start beside the one that compiles, and an operator's Ctrl+C or a full disk may end it half-way."""
    source, target = tmp_path / "django.po", tmp_path / "django.mo"
    source.write_text('msgid "a"\nmsgstr "甲"\n')
    translations.compile_all(tmp_path)
    whole = target.read_bytes()
    os.utime(target, (0, 0))

    def break_off(file: IO[bytes], _catalogue: Catalog) -> None:
        file.write(whole[:4])
        file.flush()
        raise OSError("no space left on the device")

    monkeypatch.setattr(translations, "write_mo", break_off)
    with pytest.raises(OSError, match="no space left"):
        translations.compile_all(tmp_path)
    assert target.read_bytes() == whole


def test_what_is_compiled_is_spoken_by_the_running_process(tmp_path: Path, settings: Settings) -> None:
    """The first start of a clone compiles, and words the demonstration's e-mails in the same process."""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    folder = tmp_path / "zh_Hans/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(head + 'msgid "a text of nobody"\nmsgstr "无人之句"\n')
    settings.LOCALE_PATHS = [str(tmp_path)]
    with translation.override("zh-hans"):
        assert translation.gettext("a text of nobody") == "a text of nobody"
    translations.compile_all(tmp_path)
    with translation.override("zh-hans"):
        assert translation.gettext("a text of nobody") == "无人之句"
