"""The command: what it prints, what it refuses, and that a dry run changes nothing."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from portal.models import Unit
from projects.models import Assignment, Project
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """As in a shell of its own, whatever language a test before this one read pages in."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def root() -> Unit:
    return world.make_unit("430400", kind=Unit.Kind.CITY)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "项目.csv"
    path.write_text("名称,责任单位,金额\n甲,430400,5\n", encoding="gb18030")
    return path


def run(*args: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_register", *args, stdout=out, stderr=err)
    except CommandError as error:
        err.write(f"refused: {error}")
    return out.getvalue(), err.getvalue()


def test_import_says_what_it_did_and_holds_from_the_day_given(root: Unit, file: Path) -> None:
    out, err = run(
        "projects", file, "--from", "2022-03-01", "--reason", "年初备案", "--column", "金额=total_investment:100m_cny"
    )
    assert (out.strip(), err) == ("新增1条，变更0条，无变化0条", "")
    row = Assignment.objects.get()
    assert (row.from_on, row.reason) == (date(2022, 3, 1), "年初备案")
    assert Project.objects.get().valuation_set.get().total_investment == 50_000


def test_dry_run_says_the_same_and_changes_nothing(root: Unit, file: Path) -> None:
    out, _err = run("projects", file, "--dry-run")
    assert "新增1条" in out
    assert Project.objects.count() == 0


def test_changed_rows_are_named(root: Unit, file: Path) -> None:
    run("projects", file, "--from", "2022-03-01")
    world.make_unit("430405", root)
    file.write_text("名称,责任单位\n甲,430405\n")
    out, _err = run("projects", file, "--from", "2022-04-01")
    assert "430400-0001 · 甲 · 责任单位: 单位430400 → 单位430405" in out


def test_problems_are_listed_by_row_and_column_and_nothing_is_imported(root: Unit, file: Path) -> None:
    file.write_text("名称,责任单位\n甲,1\n乙,2\n")
    for options in ([], ["--dry-run"]):
        _out, err = run("projects", file, *options)
        assert "2 · B 责任单位 · " in err
        assert "3 · B 责任单位 · " in err
        assert "refused: 未导入任何数据。" in err
    assert Project.objects.count() == 0


def test_many_problems_are_cut_short(root: Unit, file: Path) -> None:
    file.write_text("名称,责任单位\n" + "".join(f"项目{n},x\n" for n in range(60)))
    _out, err = run("projects", file)
    assert "……另有10条" in err
    assert len(err.splitlines()) == 52


@pytest.mark.parametrize(
    "args",
    [
        ("projects", "no such file.csv"),
        ("projects", __file__),
        ("people", __file__),
        ("projects", __file__, "--from", "tomorrow"),
        ("projects", __file__, "--column", "no equals sign"),
    ],
)
def test_what_makes_no_sense_is_refused(root: Unit, args: tuple[str, ...]) -> None:
    _out, err = run(*args)
    assert err.startswith("refused: ")
