"""Photos and documents by HTTP: sent with the form or one by one, and handed out to those who see the line only."""

import html
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal import uploads
from portal.models import Membership, Role
from portal.uploads import File
from projects import attaching, drafting, lifecycle
from projects.models import Evidence, Report, ReportLine, StoredFile
from tests import world
from tests.commitments.files import upload
from tests.conftest import City
from tests.projects.pictures import jpeg, pdf
from tests.world import at

DAY = at("2022-04-05")
ENGLISH = {"accept-language": "en"}
FORM = "/quarters/2022Q1/units/430421/projects/A1/"
EVIDENCE = FORM + "evidence/"
SOUND = {"flow": "250", "stage": "continuing", "started_on": "2021-03-01", "progress": "主体施工", "version": "0"}


@pytest.fixture(autouse=True)
def _april() -> Iterator[None]:
    with time_machine.travel(DAY, tick=False):
        yield


@pytest.fixture
def staff(town: City, client: Client) -> Client:
    client.force_login(town.staff)
    return client


@pytest.fixture
def photo(town: City) -> Evidence:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    line = report.lines.select_related("report").get(project__code="A1")
    found, _new = attaching.attach(line, File(name="现场.jpg", content=jpeg()), by=town.staff, at=DAY)
    return found


def send(client: Client, address: str = FORM, *contents: bytes, **texts: str) -> Any:
    files = [upload(f"{number}.jpg", content) for number, content in enumerate(contents)]
    return client.post(address, {**texts, "evidence": files}, headers=ENGLISH, follow=True)


def page(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def hand_in(town: City) -> Report:
    draft = Report.objects.get()
    for line in draft.lines.all():
        world.fill(line, 250, by=town.staff, when=DAY)
    return lifecycle.submit(draft, by=town.staff, at=DAY)


# With the form, as without a script.


def test_photos_go_with_what_was_typed(staff: Client) -> None:
    answer = send(staff, FORM, jpeg(seed=1), jpeg(seed=2), **SOUND, evidence_upload="1", evidence_purpose="start")
    assert answer.redirect_chain == [(FORM + "#evidence", 302)]
    line = ReportLine.objects.get(project__code="A1")
    assert (str(line.flow), line.progress) == ("250.00", "主体施工")
    assert [each.purpose for each in line.evidence.all()] == ["start", "start"]
    text = page(answer)
    assert "2 files added." in text
    assert text.count("/thumbnail/") == 2


def test_photos_alone_leave_the_line_untouched(staff: Client) -> None:
    base = re.search(r'name="base" value="([^"]*)"', page(staff.get(FORM, headers=ENGLISH)))
    assert base
    shown = {"base": html.unescape(base[1]), "version": "0", "stage": "continuing", "started_on": "2021-03-01"}
    send(staff, FORM, jpeg(), **shown, evidence_upload="1")
    line = ReportLine.objects.get(project__code="A1")
    assert line.edited_at is None
    assert line.evidence.count() == 1


def test_what_was_typed_is_kept_beside_a_file_that_is_refused(staff: Client) -> None:
    answer = send(staff, FORM, jpeg(), b"<svg/>", jpeg(400, 300)[:3000], **SOUND, evidence_upload="1")
    text = page(answer)
    assert "1.jpg is neither a photo" in text
    assert "2.jpg is damaged" in text
    assert "1 file added." in text
    assert 'value="250"' in text


def test_too_much_at_once_is_said_and_nothing_typed_is_lost(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "TOGETHER", 3 * 1024 * 1024)
    large = jpeg() + b"\0" * (2 * 1024 * 1024)
    text = page(send(staff, FORM, large, large[:-1], **SOUND, evidence_upload="1"))
    assert "1.jpg was left out: the files sent at once pass 3 MB" in text
    assert "1 file added." in text
    assert 'value="250"' in text


def test_photos_stay_where_somebody_else_saved_the_line(town: City, staff: Client) -> None:
    colleague = world.make_person("colleague", town.county, Role.REPORTER)
    report = drafting.begin(town.county, town.quarter, by=colleague, at=DAY)
    world.fill(report.lines.get(project__code="A1"), 7, by=colleague, when=DAY)
    answer = send(staff, FORM, jpeg(), **SOUND, evidence_upload="1")
    assert answer.status_code == 409
    assert "1 file added." in page(answer)
    assert 'value="250"' in page(answer)


def test_a_report_handed_in_takes_no_photo_and_says_so(town: City, staff: Client, photo: Evidence) -> None:
    hand_in(town)
    answer = send(staff, FORM, jpeg(seed=4), **SOUND, evidence_upload="1")
    assert answer.status_code in (200, 409)
    assert Evidence.objects.count() == 1
    assert "The photos and documents were not added. Choose them again." in page(answer)


def test_captions_are_saved_with_the_form_and_a_photo_removed_and_put_back(staff: Client, photo: Evidence) -> None:
    about = {f"evidence_caption_{photo.key}": "西侧基坑", f"evidence_purpose_{photo.key}": "start"}
    text = page(send(staff, FORM, **SOUND, **about, evidence_remove=str(photo.key)))
    photo.refresh_from_db()
    assert (photo.caption, photo.purpose, photo.removed_at) == ("西侧基坑", "start", DAY)
    assert "西侧基坑 was removed. It can be put back until you submit." in text
    assert "Removed: 现场.jpg" in text
    text = page(send(staff, FORM, evidence_put_back=str(photo.key)))
    photo.refresh_from_db()
    assert photo.removed_at is None
    assert f'value="{photo.key}"' in text


def test_a_photo_of_another_line_is_out_of_reach(staff: Client, photo: Evidence) -> None:
    other = FORM.replace("A1", "A2")
    assert send(staff, other, evidence_remove=str(photo.key)).status_code == 404
    assert send(staff, other + "evidence/", evidence_remove=str(photo.key)).status_code == 404
    assert send(staff, other, **{f"evidence_caption_{photo.key}": "x", f"evidence_purpose_{photo.key}": "start"})
    photo.refresh_from_db()
    assert (photo.caption, photo.removed_at) == ("", None)


def test_files_are_asked_for_again_after_a_session_has_ended(town: City, client: Client) -> None:
    answer = send(client, FORM, jpeg(), **SOUND)
    assert answer.redirect_chain[0][0].startswith("/accounts/login/")
    assert "The photos and documents were not added. Choose them again." in page(answer)
    assert not StoredFile.objects.exists()


def test_the_form_says_what_may_be_sent(staff: Client) -> None:
    text = page(staff.get(FORM, headers=ENGLISH))
    assert 'enctype="multipart/form-data"' in text
    assert 'capture="environment"' in text
    assert "up to 20 MB each and 12 to a project" in text
    assert '<option value="progress" selected>' in text


def test_a_first_start_suggests_that_photos_show_it(town: City, staff: Client) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    started = {"stage": "newly_started", "started_on": at("2022-02-10").date(), "explanations": {}}
    world.fill(report.lines.get(project__code="A1"), 250, by=town.staff, when=DAY, **started)
    text = page(staff.get(FORM, headers=ENGLISH))
    assert '<option value="start" selected>' in text
    assert "say why in the sentence below the date" in text


def test_a_person_who_may_not_type_sees_photos_and_no_buttons(town: City, client: Client, photo: Evidence) -> None:
    principal = world.make_person("principal", town.county, Role.PRINCIPAL)
    client.force_login(principal)
    text = page(client.get(FORM, headers=ENGLISH))
    assert f"/evidence/{photo.key}/thumbnail/" in text
    assert "evidence_remove" not in text
    assert 'type="file"' not in text
    assert send(client, EVIDENCE, jpeg(seed=9)).status_code == 403
    assert send(client, FORM, evidence_remove=str(photo.key)).status_code == 403


# One by one.


def test_a_page_that_sends_one_by_one_is_told_how_the_line_stands(town: City, staff: Client) -> None:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    started = {"stage": "newly_started", "started_on": at("2022-02-10").date(), "explanations": {}}
    world.fill(report.lines.get(project__code="A1"), 250, by=town.staff, when=DAY, **started)
    answer = send(staff, EVIDENCE, jpeg(), evidence_purpose="start").json()
    assert answer["said"] == ["1 file added."]
    assert answer["refused"] == []
    assert "/thumbnail/" in answer["list"]
    assert "without a photo" not in answer["parts"]["said-started_on"]
    key = str(Evidence.objects.get().key)
    answer = send(staff, EVIDENCE, evidence_remove=key).json()
    assert "Removed: 0.jpg" in " ".join(answer["list"].split())
    assert "without a photo" in answer["parts"]["said-started_on"]
    refused = send(staff, EVIDENCE, b"GIF89a" + b"x" * 20)
    assert refused.json()["said"] == []
    assert "0.jpg is" in refused.json()["refused"][0]


def test_the_same_file_by_a_double_click_is_one(staff: Client) -> None:
    assert send(staff, EVIDENCE, jpeg()).json()["said"] == ["1 file added."]
    assert send(staff, EVIDENCE, jpeg()).json()["said"] == ["1 file stands here already."]
    assert Evidence.objects.count() == 1


def test_a_page_that_is_signed_out_is_told_so(town: City, client: Client) -> None:
    answer = client.post(EVIDENCE, headers=ENGLISH)
    assert (answer.status_code, answer.json()["error"]) == (401, "signed_out")
    assert client.get(EVIDENCE)["Location"] == FORM


def test_a_stale_token_is_answered_in_words(town: City) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(town.staff)
    answer = browser.post(EVIDENCE, headers=ENGLISH)
    assert (answer.status_code, answer.json()["error"]) == (403, "stale")


def test_a_report_handed_in_is_answered_in_words(town: City, staff: Client, photo: Evidence) -> None:
    hand_in(town)
    answer = send(staff, EVIDENCE, jpeg(seed=2))
    assert answer.status_code == 200
    assert "by now" in answer.json()["refused"][0]


def test_nobody_else_adds(town: City, client: Client) -> None:
    client.force_login(town.stranger)
    assert send(client, EVIDENCE, jpeg()).status_code == 404
    client.force_login(town.reviewer)
    assert send(client, EVIDENCE, jpeg()).status_code == 403


# Handed out.


def addresses(found: Evidence) -> tuple[str, str]:
    return reverse("evidence", args=[found.key]), reverse("evidence_thumbnail", args=[found.key])


def test_a_draft_is_its_units_own_and_open_to_those_within_reach_afterwards(
    town: City, client: Client, photo: Evidence
) -> None:
    def statuses() -> list[int]:
        found = []
        for person in (town.staff, town.reviewer, town.leader, town.stranger):
            client.force_login(person)
            found.append(client.get(addresses(photo)[0]).status_code)
        return found

    assert statuses() == [200, 404, 404, 404]
    hand_in(town)
    assert statuses() == [200, 200, 200, 404]
    client.logout()
    assert client.get(addresses(photo)[1])["Location"].startswith("/accounts/login/")


def test_who_has_left_the_unit_sees_nothing_any_more(town: City, staff: Client, photo: Evidence) -> None:
    first = staff.get(addresses(photo)[1])
    Membership.objects.filter(user=town.staff).delete()
    again = staff.get(addresses(photo)[1], headers={"if-none-match": first["ETag"]})
    assert again.status_code == 404


def test_a_photo_is_shown_and_does_nothing_else(staff: Client, photo: Evidence) -> None:
    for address, path in zip(addresses(photo), photo.file.paths, strict=True):
        answer = staff.get(address)
        assert answer.getvalue() == storages["evidence"].open(path).read()
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''%E7%8E%B0%E5%9C%BA.jpg")
        assert answer["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, no-cache"
        known = staff.get(address, headers={"if-none-match": answer["ETag"]})
        assert (known.status_code, known.content) == (304, b"")
        assert known["Cache-Control"] == "private, no-cache"
    assert staff.post(address).status_code == 405


def test_a_document_is_saved_and_has_no_small_picture(town: City, staff: Client, photo: Evidence) -> None:
    found, _new = attaching.attach(photo.line, File(name="许可证.pdf", content=pdf()), by=town.staff, at=DAY)
    answer = staff.get(addresses(found)[0])
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert staff.get(addresses(found)[1]).status_code == 404


def test_a_file_that_is_missing_is_not_found(staff: Client, photo: Evidence) -> None:
    storages["evidence"].delete(photo.file.path)
    assert staff.get(addresses(photo)[0]).status_code == 404
    assert staff.get(reverse("evidence", args=[uuid.uuid4()])).status_code == 404


# Where lines are shown.


def test_photos_stand_beside_their_lines_wherever_these_are_shown(town: City, client: Client, photo: Evidence) -> None:
    attaching.describe(photo, purpose="start", caption="西侧<基坑>", by=town.staff, at=DAY)
    client.force_login(town.staff)
    small = addresses(photo)[1]
    grid = page(client.get("/quarters/2022Q1/units/430421/grid/", headers=ENGLISH))
    assert re.search(f'href="{FORM}#evidence"> ?1 photo or document ?</a>', grid)
    assert small in page(client.get("/quarters/2022Q1/units/430421/check/", headers=ENGLISH))
    report = hand_in(town)
    shown = page(client.get(f"/reports/{report.pk}/", headers=ENGLISH))
    assert small in shown
    assert "<strong>start of works</strong> 西侧&lt;基坑&gt;" in shown
    client.force_login(town.reviewer)
    assert small in page(client.get(f"/admin/projects/report/{report.pk}/change/", headers=ENGLISH))
    assert small not in page(client.get("/projects/A1/", headers=ENGLISH))  # not accepted yet
    world.accepted(report, by=town.reviewer, when=DAY)
    assert small in page(client.get("/projects/A1/", headers=ENGLISH))
    assert "/evidence/" not in page(client.get("/projects/A2/", headers=ENGLISH))


def test_photos_that_are_new_since_the_return_are_marked_for_the_reviewer(
    town: City, client: Client, photo: Evidence
) -> None:
    returned = lifecycle.send_back(hand_in(town), by=town.reviewer, at=DAY, remark="x")
    line = returned.lines.select_related("report").get(project__code="A1")
    with time_machine.travel(at("2022-04-06"), tick=False):
        file = File(name="new.jpg", content=jpeg(seed=3))
        attaching.attach(line, file, by=town.staff, at=at("2022-04-06"))
        world.fill(line, 250, by=town.staff, when=at("2022-04-06"))
        report = lifecycle.submit(returned, by=town.staff, at=at("2022-04-06"))
        client.force_login(town.reviewer)
        text = page(client.get(f"/admin/projects/report/{report.pk}/change/", headers=ENGLISH))
    assert text.count("✎ new</em>") == 1
    assert text.count("/thumbnail/") == 2


@pytest.mark.parametrize("count", [1, 3])
def test_a_report_costs_the_same_for_any_number_of_photos(
    town: City, staff: Client, photo: Evidence, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for seed in range(1, count):
        attaching.attach(photo.line, File(name="a.jpg", content=jpeg(seed=seed)), by=town.staff, at=DAY)
    with django_assert_num_queries(7):
        staff.get("/quarters/2022Q1/units/430421/grid/")
    with django_assert_num_queries(9):
        staff.get(FORM)
    with django_assert_num_queries(8):
        staff.get("/quarters/2022Q1/units/430421/check/")
