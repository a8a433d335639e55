"""What may be put to a line, what is refused in which words, and what becomes of it step by step."""

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from portal.uploads import MEGABYTE, File
from projects import attaching, check, drafting, evidence, lifecycle
from projects.lifecycle import StepRefused, StepTaken
from projects.models import Evidence, Report, ReportLine, StoredFile
from tests import world
from tests.conftest import City
from tests.projects import pictures
from tests.projects.pictures import jpeg, pdf
from tests.world import at

DAY = at("2022-04-05")
LATER = at("2022-04-06")


@pytest.fixture
def english() -> None:
    translation.activate("en")


@pytest.fixture
def draft(town: City) -> Report:
    return drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)


@pytest.fixture
def line(draft: Report) -> ReportLine:
    return draft.lines.select_related("report").get(project__code="A1")


def attach(line: ReportLine, town: City, name: str = "site.jpg", content: bytes = b"") -> Evidence:
    file = File(name=name, content=content or jpeg())
    found, _new = attaching.attach(line, file, by=town.staff, at=DAY)
    return found


def refusal(line: ReportLine, town: City, name: str, content: bytes, size: int | None = None) -> str:
    with pytest.raises(StepRefused) as refused:
        attaching.attach(line, File(name=name, content=content, size=size), by=town.staff, at=DAY)
    return str(refused.value)


def hand_in(draft: Report, town: City) -> Report:
    for each in draft.lines.all():
        if each.edited_at is None:
            world.fill(each, 250, by=town.staff, when=DAY)
    return lifecycle.submit(draft, by=town.staff, at=LATER)


# What is kept of a file.


@pytest.mark.usefixtures("english")
def test_a_photo_is_kept_as_it_was_made_anew_under_a_name_of_ours(line: ReportLine, town: City) -> None:
    found = attach(line, town, "../../etc/现场 照片.HEIC", pictures.HEIC)
    file = found.file
    assert (file.kind, file.name, file.width, file.height, file.pages) == ("photo", "现场 照片.jpg", 96, 64, None)
    assert file.path == f"{file.key.hex[:2]}/{file.key}.jpg"
    kept = storages["evidence"]
    contents = [kept.open(path).read() for path in file.paths]
    assert [pictures.opened(content).size for content in contents] == [(96, 64), (96, 64)]
    assert sum(len(content) for content in contents) == file.size
    assert not any(b"Maker" in content for content in contents)
    assert (found.added_by, found.added_at, found.purpose, str(found)) == (town.staff, DAY, "progress", "现场 照片.jpg")


def test_a_document_is_kept_as_it_was_written_anew(line: ReportLine, town: City) -> None:
    file = attach(line, town, "permit.PDF", pdf(2)).file
    assert (file.kind, file.name, file.pages, file.width) == ("document", "permit.PDF", 2, None)
    assert b"JavaScript" not in storages["evidence"].open(file.path).read()
    assert not storages["evidence"].exists(file.thumbnail_path)


def test_the_same_file_twice_is_one(line: ReportLine, town: City) -> None:
    first = attach(line, town)
    again, is_new = attaching.attach(line, File(name="other.jpg", content=jpeg()), by=town.staff, at=LATER)
    assert (again, is_new) == (first, False)
    assert StoredFile.objects.count() == 1


def test_a_file_that_was_removed_comes_back_when_it_is_sent_again(line: ReportLine, town: City) -> None:
    first = attach(line, town)
    attaching.remove(first, by=town.staff, at=DAY)
    again, is_new = attaching.attach(line, File(name="a.jpg", content=jpeg()), by=town.staff, at=LATER)
    assert (again.pk, is_new, again.removed_at) == (first.pk, True, None)


# What is refused, and in which words.


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jpg", b"", "a.jpg is empty"),
        ("a.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither a photo"),
        ("a.pdf", b"<html>%PDF-1.7</html>", "neither a photo"),
        ("报告.docx", b"PK\x03\x04" + b"x" * 99, "Save a text or table as PDF"),
        ("a.gif", pictures.saved(pictures.two_coloured(9, 9), "GIF"), "is a GIF"),
        ("a.jpg", jpeg(400, 300)[:3000], "damaged or was cut off"),
        ("a.png", pictures.bomb(8000, 7000), "8000 × 7000 pixels; at most 51 million"),
        ("a.pdf", pdf(51), "51 pages; at most 50"),
        ("a.pdf", pdf(password="x"), "locked with a password"),
    ],
    ids=["empty", "svg", "html", "docx", "gif", "cut off", "pixels", "pages", "locked"],
)
def test_a_file_that_is_not_taken_is_named_with_what_is_wrong(
    line: ReportLine, town: City, name: str, content: bytes, words: str
) -> None:
    said = refusal(line, town, name, content)
    assert said.startswith(name)
    assert words in said
    assert not StoredFile.objects.exists()


@pytest.mark.usefixtures("english")
def test_a_file_that_is_too_large_is_told_both_sizes(line: ReportLine, town: City) -> None:
    said = refusal(line, town, "a.jpg", jpeg(), size=attaching.LARGEST + MEGABYTE // 2)
    assert said.startswith("a.jpg has 20.5 MB; at most 20 MB are taken")
    assert "sent at once pass 96 MB" in refusal(line, town, "a.jpg", jpeg()[:50], size=1000)


def test_the_name_does_not_decide_what_a_file_is(line: ReportLine, town: City) -> None:
    assert attach(line, town, "photo.pdf", jpeg()).file.kind == "photo"
    assert attach(line, town, "permit.jpg", pdf()).file.name == "permit.jpg.pdf"


@pytest.mark.usefixtures("english")
def test_a_line_has_its_number_of_files(line: ReportLine, town: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "MOST", 2)
    first = attach(line, town, content=jpeg(seed=1))
    attach(line, town, content=jpeg(seed=2))
    assert "has 2 photos and documents already" in refusal(line, town, "a.jpg", jpeg(seed=3))
    attaching.remove(first, by=town.staff, at=DAY)
    attach(line, town, content=jpeg(seed=3))
    with pytest.raises(StepRefused, match="2 photos and documents already"):
        attaching.put_back(first, by=town.staff, at=DAY)
    with pytest.raises(StepRefused, match="2 photos and documents already"):
        attach(line, town, content=jpeg(seed=1))


@pytest.mark.usefixtures("english")
def test_a_report_has_its_room(line: ReportLine, town: City, monkeypatch: pytest.MonkeyPatch) -> None:
    attach(line, town)
    monkeypatch.setattr(attaching, "MOST_TOGETHER", 100)
    assert "of this report come to 0.0 MB already" in refusal(line, town, "a.jpg", jpeg(seed=3))


@pytest.mark.usefixtures("english")
def test_a_full_disk_is_said_and_leaves_no_evidence(
    line: ReportLine, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = storages["evidence"]
    monkeypatch.setattr(kept, "_save", lambda name, content: (_ for _ in ()).throw(OSError(28, "No space left")))
    assert "no room for it" in refusal(line, town, "a.jpg", jpeg())
    assert not Evidence.objects.exists()
    assert StoredFile.objects.count() == 1  # swept later


# Who may, and when.


def test_only_those_who_prepare_the_report_may(line: ReportLine, town: City) -> None:
    for person in (town.stranger, town.reviewer, town.leader):
        with pytest.raises(StepRefused):
            attaching.attach(line, File(name="a.jpg", content=jpeg()), by=person, at=DAY)
    found = attach(line, town)
    for step in (attaching.remove, attaching.put_back):
        with pytest.raises(StepRefused):
            step(found, by=town.stranger, at=DAY)
    with pytest.raises(StepRefused):
        attaching.describe(found, purpose="start", caption="x", by=town.stranger, at=DAY)


def test_whoever_adds_a_photo_does_not_review(line: ReportLine, town: City) -> None:
    attach(line, town)
    assert Report.objects.get().preparer_ids == [town.staff.pk]
    assert ReportLine.objects.get(pk=line.pk).edited_at is None  # nobody has said anything about the line by that


def test_after_submission_nothing_changes(draft: Report, line: ReportLine, town: City) -> None:
    found = attach(line, town)
    hand_in(draft, town)
    with pytest.raises(StepTaken):
        attaching.attach(line, File(name="b.jpg", content=jpeg(seed=5)), by=town.staff, at=LATER)
    with pytest.raises(StepTaken):
        attaching.remove(found, by=town.staff, at=LATER)
    with pytest.raises(StepTaken):
        attaching.describe(found, purpose="start", caption="x", by=town.staff, at=LATER)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE projects_evidence SET caption = 'x'",
        "UPDATE projects_evidence SET removed_at = now(), removed_by_id = added_by_id",
        "DELETE FROM projects_evidence",
        "INSERT INTO projects_evidence (key, line_id, file_id, purpose, caption, added_by_id, added_at)"
        " SELECT gen_random_uuid(), (SELECT max(id) FROM projects_reportline), file_id, purpose, caption, added_by_id,"
        " added_at FROM projects_evidence",
        "UPDATE projects_storedfile SET sha256 = 'x'",
    ],
)
def test_the_database_keeps_the_evidence_of_a_submitted_report(
    draft: Report, line: ReportLine, town: City, statement: str
) -> None:
    attach(line, town)
    hand_in(draft, town)
    with (
        pytest.raises(Exception, match=r"never changes|Cannot update"),
        transaction.atomic(),
        connection.cursor() as sql,
    ):
        sql.execute(statement)


def test_evidence_stays_at_its_line(draft: Report, line: ReportLine, town: City) -> None:
    attach(line, town)
    other = draft.lines.exclude(pk=line.pk).get()
    with pytest.raises(IntegrityError, match="stays at its line"), transaction.atomic():
        Evidence.objects.update(line=other)


def test_a_file_with_evidence_cannot_be_deleted(line: ReportLine, town: City) -> None:
    file = attach(line, town).file
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            sql.execute("DELETE FROM projects_storedfile WHERE id = %s", [file.pk])
        sql.execute("SET CONSTRAINTS ALL DEFERRED")


# What it says, and its history.


def test_a_caption_is_kept_with_what_the_photo_shows(line: ReportLine, town: City) -> None:
    found = attach(line, town)
    attaching.describe(found, purpose="start", caption="  开工 \n 现场\x00 ", by=town.staff, at=DAY)
    found.refresh_from_db()
    assert (found.purpose, found.caption) == ("start", "开工 现场")
    attaching.describe(found, purpose="nonsense", caption="x", by=town.staff, at=DAY)
    found.refresh_from_db()
    assert found.purpose == "start"
    with pytest.raises(StepRefused):
        attaching.describe(found, purpose="start", caption="x" * 121, by=town.staff, at=DAY)


def test_every_step_stands_in_the_history(line: ReportLine, town: City) -> None:
    found = attach(line, town)
    attaching.remove(found, by=town.staff, at=DAY)
    attaching.put_back(found, by=town.staff, at=DAY)
    events = Evidence.pgh_event_model.objects  # type: ignore[attr-defined]
    said = list(events.order_by("pgh_id").values_list("pgh_label", "removed_by_id"))
    assert [label for label, _by in said] == ["insert", "update", "update"]
    assert [by for _label, by in said] == [None, town.staff.pk, None]


# The warning of a first start.


def test_a_photo_answers_the_warning_of_a_first_start(draft: Report, line: ReportLine, town: City) -> None:
    started = {"stage": "newly_started", "started_on": at("2022-02-10").date(), "explanations": {}}
    world.fill(line, 250, by=town.staff, when=DAY, **started)

    def warned() -> bool:
        found = check.report(draft).find(town.project)
        assert found is not None
        return "start_without_evidence" in [finding.code for finding in found.warnings]

    assert warned()
    found = attach(line, town)
    assert not warned()
    assert check.some_lines(draft, ["A1"])[0].evidence_count == 1
    attaching.remove(found, by=town.staff, at=DAY)
    assert warned()


def test_what_an_approver_saw_includes_the_photos(draft: Report, line: ReportLine, town: City) -> None:
    for each in draft.lines.all():
        world.fill(each, 250, by=town.staff, when=DAY)
    seen = check.report(draft).fingerprint
    attach(line, town)
    with pytest.raises(StepTaken):
        lifecycle.submit(draft, by=town.staff, at=LATER, seen=seen)


# From revision to revision.


@pytest.mark.parametrize("step", ["returned", "withdrawn", "corrected"])
def test_the_next_revision_has_the_same_files(draft: Report, line: ReportLine, town: City, step: str) -> None:
    first = attach(line, town, content=jpeg(seed=1))
    attaching.describe(first, purpose="start", caption="开工", by=town.staff, at=DAY)
    gone = attach(line, town, content=jpeg(seed=2))
    attaching.remove(gone, by=town.staff, at=DAY)
    report = hand_in(draft, town)
    assert not Evidence.objects.filter(pk=gone.pk).exists()  # from now on it can't be put back
    if step == "returned":
        fresh = lifecycle.send_back(report, by=town.reviewer, at=LATER, remark="x")
    elif step == "withdrawn":
        fresh = lifecycle.withdraw(report, by=town.staff, at=LATER, reason="x")
    else:
        world.accepted(report, by=town.reviewer, when=LATER)
        fresh = lifecycle.correct(report, by=town.staff, at=LATER, reason="x")
    [copy] = Evidence.objects.filter(line__report=fresh)
    assert copy.line.project == line.project
    assert (copy.file, copy.purpose, copy.caption) == (first.file, "start", "开工")
    assert copy.key != first.key
    assert (copy.added_by, copy.added_at) == (town.staff, DAY)
    attaching.remove(copy, by=town.staff, at=LATER)
    assert Evidence.objects.get(pk=first.pk).removed_at is None


def test_a_line_that_leaves_the_draft_takes_its_evidence_along(draft: Report, line: ReportLine, town: City) -> None:
    attach(line, town)
    other = draft.lines.exclude(pk=line.pk).get()
    world.fill(other, 250, by=town.staff, when=DAY)
    town.project.annualplan_set.all().delete()
    lifecycle.submit(draft, by=town.staff, at=LATER)
    assert not Evidence.objects.exists()
    assert StoredFile.objects.count() == 1


# Found, and let go of.


@pytest.mark.parametrize("count", [1, 3])
def test_evidence_of_lines_is_found_by_one_query(
    draft: Report, line: ReportLine, town: City, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    added = [attach(line, town, content=jpeg(seed=seed)) for seed in range(count)]
    attaching.remove(attach(line, town, content=pdf()), by=town.staff, at=DAY)
    lines = list(draft.lines.all())
    with django_assert_num_queries(1):
        found = evidence.of_lines(lines)
        assert {pk: [each.file.name for each in found[pk]] for pk in found} == {line.pk: ["site.jpg"] * count}
    assert found[line.pk] == added


def test_a_file_is_deleted_long_after_nothing_leads_to_it(draft: Report, line: ReportLine, town: City) -> None:
    kept, gone = attach(line, town, content=jpeg(seed=1)), attach(line, town, content=jpeg(seed=2))
    attaching.remove(gone, by=town.staff, at=DAY)
    assert evidence.sweep(at=at("2022-06-01")) == 0  # it may still be put back
    hand_in(draft, town)
    assert evidence.sweep(at=at("2022-06-01")) == 0  # from now on nothing leads to it
    assert evidence.sweep(at=at("2022-06-20")) == 0
    assert storages["evidence"].exists(gone.file.path)
    assert evidence.sweep(at=at("2022-07-02")) == 1
    assert not any(storages["evidence"].exists(path) for path in gone.file.paths)
    assert all(storages["evidence"].exists(path) for path in kept.file.paths)
    assert list(StoredFile.objects.all()) == [kept.file]
    assert evidence.sweep(at=at("2023-07-02")) == 0
