"""States of pages that no single wrong form brings about, each told in a few steps and undone afterwards."""

from collections.abc import Callable, Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from commitments import canonical, lifecycle, publishing
from commitments.models import Bulletin, LetterVersion, Settlement, SettlementEntry
from portal.models import Role, User
from projects import opened, rollups
from projects.models import ImportFile, Workbook
from tests import world
from tests.attacks.test_access import NOW
from tests.commitments.admin.typing import typed
from tests.journeys.pages import Asked, Shown, Walk

Answers = Iterator[HttpResponseBase]
Scene = Callable[[Asked, Client], Answers]
HEAD = "指标代码,单位代码,季度,数值,计量单位\n"


def batch_accepted(asked: Asked, client: Client) -> Answers:
    """One clean report, one with warnings and one that was decided on: the preview, and what came of it."""
    reports = [asked.report, asked.again]
    keys = [report.pk for report in reports]
    queue = reverse("admin:projects_report_changelist")
    yield client.post(queue, {"action": "accept_clean", "_selected_action": keys})
    confirmed = [f"{report.pk}:{report.receipt}" for report in (asked.report, *asked.accepted)]
    yield client.post(reverse("admin:projects_report_accept"), {"report": confirmed})


def register_imported(asked: Asked, client: Client) -> Answers:
    yield _uploaded(client, "admin:projects_importfile_add", "名称,责任单位\n新项目,430421\n项目A1,430422\n", asked)
    yield _uploaded(client, "admin:projects_importfile_add", "名称,责任单位\n,430421\n项目A1,999\n", asked)
    yield _uploaded(client, "admin:projects_importfile_add", "什么\n", asked)


def register_imported_by_a_worker(asked: Asked, client: Client) -> Answers:
    _uploaded(client, "admin:projects_importfile_add", "名称,责任单位\n新项目,430421\n", asked)
    sent = ImportFile.objects.get(applied_at=None)
    for state in (ImportFile.State.CHECKING, ImportFile.State.UNREADABLE):
        ImportFile.objects.filter(pk=sent.pk).update(state=state, found={"fault": "no header"})
        yield client.get(reverse("admin:projects_importfile_change", args=[sent.pk]))


def figure_of_too_many_projects(asked: Asked, client: Client) -> Answers:
    """It opens by the units below instead; and a day that is none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opened, "MOST", 0)
        yield client.get(reverse("lines"), {"quarter": "2022Q1", "unit": "430400"})
    yield client.get(reverse("lines"), {"quarter": "2022Q1", "as_of": "yesterday"})


def readings_loaded(asked: Asked, client: Client) -> Answers:
    yield _uploaded(client, "admin:commitments_readingfile_add", f"{HEAD}visitors,430421,2022Q1,120.5,万人次\n", asked)
    yield _uploaded(client, "admin:commitments_readingfile_add", f"{HEAD}visitors,430421,2022Q1,12%,吨\nx,,,,\n", asked)
    yield _uploaded(client, "admin:commitments_readingfile_add", "什么\n", asked)


def _uploaded(client: Client, name: str, text: str, asked: Asked) -> HttpResponseBase:
    file = SimpleUploadedFile("a.csv", text.encode())
    about = {"kind": "projects", "in_force_on": "2022-05-01", "reason": "r"}
    about |= {"quarter": str(asked.town.quarter.pk), "source": "统计公报", "published_on": "2022-04-20"}
    return client.post(reverse(name), {**about, "file": file}, follow=True)


def policy_previewed(asked: Asked, client: Client) -> Answers:
    form = reverse("admin:commitments_policy_add")
    changed = {"effective_on": "2099-01-01", "reason": "r", "baseline_factor": "1.2"}
    yield client.post(form, typed(client.get(form), **changed))


def letter_written_by_two(asked: Asked, client: Client) -> Answers:
    """Both change the same field: the second chooses; and one writes on in a letter that has been issued."""
    form = reverse("letter_edit", args=("430422", 2022))
    texts = _shown(client, form, "form")
    client.post(form, texts | _target(client, form, "100"))
    yield client.post(form, texts | _target(client, form, "200"))
    yield client.post(reverse("letter_edit", args=("430421", 2022)), texts)


def _shown(client: Client, page: str, name: str) -> dict[str, str]:
    """The fields of this form of the page with their values."""
    return {field.html_name: str(field.value() or "") for field in client.get(page).context[name]}


def _target(client: Client, page: str, value: str) -> dict[str, str]:
    """This value in the last target that the form of a letter asks for."""
    return {[name for name in _shown(client, page, "form") if name.endswith("-target")][-1]: value}


def letter_amended(asked: Asked, client: Client) -> Answers:
    """The third county's letter comes into force, has no account yet, and is amended."""
    letter = ("430423", 2022)
    version = LetterVersion.objects.get(letter__unit=asked.third)
    seen = canonical.fingerprint(version)
    by, mayor = asked.everybody, User.objects.get(name="mayor")
    version = lifecycle.sign(version, by=by, at=NOW, name=by.name, post="县长", seen=seen)
    lifecycle.countersign(version, by=mayor, at=NOW, name=mayor.name, post="市长", seen=canonical.fingerprint(version))
    yield client.get(reverse("settlement", args=letter))
    client.post(reverse("letter_step", args=(*letter, "amend")), {"reason": "计划调整"})
    form = reverse("letter_edit", args=letter)
    client.post(form, {**_shown(client, form, "form"), **_target(client, form, "300")})
    yield client.get(form)
    client.post(reverse("letter_step", args=(*letter, "issue")))
    yield client.get(reverse("letter", args=letter))
    yield client.get(reverse("letter_sign", args=letter))


def bulletin_restated(asked: Asked, client: Client) -> Answers:
    """Published, and afterwards another county's report is accepted."""
    by = asked.town.administrator
    rollups.drain(at=NOW)
    bulletin = publishing.publish(Bulletin.objects.get(published_at=None), by=by, at=NOW)
    world.accepted(asked.again, by=by, when=NOW)
    rollups.drain(at=NOW)
    yield client.get(reverse("bulletin", args=("430400", 2022, bulletin.number)))


def line_written_by_two(asked: Asked, client: Client) -> Answers:
    """In the form and in the table; and once the report has been handed in."""
    unit = (asked.quarter.label, "430423")
    form = reverse("line_form", args=(*unit, "A4"))
    sound = {"stage": "continuing", "started_on": "2021-03-01", "progress": "主体施工", "version": "0"}
    client.post(form, sound | {"flow": "100"})
    yield client.post(form, sound | {"flow": "200"})
    yield client.post(reverse("line_form", args=("2022Q1", "430421", "A1")), sound)


def account_assessed_and_verified(asked: Asked, client: Client) -> Answers:
    page = reverse("settlement", args=("430421", 2022))
    account = Settlement.objects.get()
    yield asked.visitors["above", Role.LEADER].client.get(page)
    SettlementEntry.objects.update(own_words="见清单")
    for state in ("assessed", "verified"):
        Settlement.objects.filter(pk=account.pk).update(state=state)
        yield client.get(page)


def workbook_waits(asked: Asked, client: Client) -> Answers:
    Workbook.objects.filter(pk=asked.workbook.pk).update(state="waiting")
    yield client.get(reverse("workbook", args=(asked.quarter.label, "430421", asked.workbook.pk)))


def too_often(asked: Asked, client: Client) -> Answers:
    page = reverse("account_reset_password")
    yield [client.post(page, {"email": "a@example.test"}) for _time in range(21)][-1]


SCENES: tuple[Scene, ...] = (
    batch_accepted,
    register_imported,
    register_imported_by_a_worker,
    figure_of_too_many_projects,
    readings_loaded,
    policy_previewed,
    letter_written_by_two,
    letter_amended,
    bulletin_restated,
    line_written_by_two,
    account_assessed_and_verified,
    workbook_waits,
    too_often,
)


def played(walk: Walk) -> Iterator[Shown]:
    """Every scene's pages in the walk's language."""
    for scene in SCENES:
        with transaction.atomic():
            for number, answer in enumerate(scene(walk.asked, walk.people[0]), start=1):
                yield from walk.shown(f"{scene.__name__} {number}: {answer.status_code}", answer)
            transaction.set_rollback(True)
