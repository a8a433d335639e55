"""Each address × role × own, higher and foreign unit, walked from the URLconf: closed unless the table opens it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import date
from functools import cache
from uuid import UUID

import pytest
import time_machine
from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.template.backends.django import Template
from django.test import Client, override_settings
from django.urls import reverse
from django.urls.exceptions import NoReverseMatch

from commitments import bulletin, scans, settling
from commitments.models import Bulletin, Indicator, ReadingFile, Relief, ScoringRuling, Settlement, SettlementEntry
from portal import accounts, urls
from portal.models import Extension, Membership, Message, Role, Suggestion
from portal.uploads import File
from projects import attaching, drafting, extensions
from projects.models import Category, Chain, ImportFile, Report, RollupAlarm
from tests import world
from tests.attacks.access_table import ROWS, WRITERS
from tests.attacks.addresses import SIGN_IN, Visitor, names
from tests.commitments import letters, statistics
from tests.commitments.campaign import make_campaign
from tests.conftest import City
from tests.projects.pictures import jpeg
from tests.projects.workbook.books import changed, downloaded, uploaded
from tests.world import at, signed_in

NOW = at("2022-07-05")
NO_KEY = UUID(int=0)
COMBINATIONS = ((), ("code",), ("pk",), ("object_id",), ("app_label",), ("kind",), ("uidb36", "key"))
PLACES = ("own", "above", "foreign")


class World:
    """The county's records that addresses are about, and one person for each role at each of three places."""

    def __init__(self, town: City) -> None:
        self.report = world.submitted(town.county, town.quarter, 250, by=town.staff, when=at("2022-04-05"))
        self.quarter = world.make_quarter("2022Q2")
        draft = drafting.begin(town.county, self.quarter, by=town.staff, at=NOW)
        site = File(name="site.jpg", content=jpeg())
        photo, _new = attaching.attach(draft.lines.all()[0], site, by=town.staff, at=NOW)
        self.photo = photo.key
        units = {"own": town.county, "above": town.city, "foreign": town.other}
        self.visitors = {
            (place, str(role)): Visitor(signed_in(world.make_person(f"{role}-{place}", unit, role)))
            for place, unit in units.items()
            for role in Role
        }
        self.letter = letters.make_campaigning(town).in_force()
        self._promised(town)
        self.asked = extensions.ask(
            town.county, self.quarter, until=date(2022, 7, 25), reason="flood", by=town.staff, at=NOW
        )
        filled = changed(downloaded(town.county, self.quarter), {"F4": "120%"})
        self.workbook = uploaded(filled, town.county, self.quarter, by=town.staff, at=NOW)
        pages = [File(name="letter.pdf", content=b"%PDF-1.7")]
        [self.scan] = scans.attach(self.letter, pages, by=town.administrator, at=NOW)
        self.campaign = self.letter.letter.campaign
        self._published(town)
        self.keys = self._keys(town)

    def _published(self, town: City) -> None:
        paper = {"language": "en", "masthead": "m", "title": "t", "sections": [], "notes": []}
        text, sha256 = bulletin.canonical({"figures": {}, "zh-hans": paper, "en": paper})
        drafted = Bulletin.objects.create(campaign=self.campaign, quarter=town.quarter, number=1)
        Bulletin.objects.filter(pk=drafted.pk).update(
            content=text, sha256=sha256, published_by=town.administrator, published_at=NOW, recorded_at=NOW
        )

    def _promised(self, town: City) -> None:
        """Something asked for about the letter's first pledge, and its account with a file in it."""
        pledge = self.letter.pledges.all()[0]
        self.relief = Relief.objects.create(
            pledge=pledge, kind="exempt", from_quarter=self.quarter, reason="flood", asked_by=town.staff, asked_at=NOW
        )
        account = Settlement.objects.create(version=self.letter, due_on=date(2023, 1, 20), opened_at=NOW)
        entry = SettlementEntry.objects.create(settlement=account, pledge=pledge)
        file = File(name="list.pdf", content=b"%PDF-1.7")
        self.evidence = settling.attach(entry, file, by=town.staff, at=NOW)

    def _keys(self, town: City) -> Mapping[str, int]:
        now = at("2022-04-05")
        campaign = make_campaign(town.county)
        granted = {"reason": "flood", "granted_by": town.administrator, "granted_at": now}
        letter = {"kind": "returned", "period": "1", "recipient": town.staff, "subject": "s", "created_at": now}
        return {
            "portal_unit": town.county.pk,
            "portal_user": town.staff.pk,
            "portal_membership": Membership.objects.filter(user=town.staff)[0].pk,
            "portal_quarter": town.quarter.pk,
            "portal_message": Message.objects.create(**letter).pk,
            "portal_suggestion": Suggestion.objects.create(page="/", text="t", made_by=town.staff, made_at=now).pk,
            "portal_extension": Extension.objects.create(
                unit=town.county, quarter=town.quarter, until=date(2022, 5, 1), **granted
            ).pk,
            "projects_report": self.report.pk,
            "projects_reportline": self.report.lines.all()[0].pk,
            "projects_project": town.project.pk,
            "projects_rollupalarm": RollupAlarm.objects.create(
                unit=town.county, quarter=town.quarter, raised_at=now
            ).pk,
            "projects_category": Category.objects.get(code="industry").pk,
            "projects_chain": Chain.objects.create(code="lithium", name_zh="锂电").pk,
            "projects_projectlist": world.make_list().pk,
            "projects_importfile": ImportFile.objects.create(
                kind=ImportFile.Kind.UNITS,
                name="u.csv",
                content=b"",
                in_force_on=now,
                uploaded_by=town.administrator,
                uploaded_at=now,
                applied_by=town.administrator,
                applied_at=now,
            ).pk,
            "commitments_policy": 1,
            **self._statistics(town),
            "commitments_scoringruling": ScoringRuling.objects.create(
                campaign=self.campaign,
                unit=town.county,
                kind=ScoringRuling.Kind.DISQUALIFIED,
                from_quarter=town.quarter,
                reason="r",
                made_by=town.administrator,
                made_at=now,
            ).pk,
            "commitments_campaign": campaign.pk,
            "commitments_lettertemplate": campaign.templates.get().pk,
        }

    def _statistics(self, town: City) -> Mapping[str, int]:
        visitors = Indicator.objects.select_related("bureau").get(source="readings")
        assert visitors.bureau
        by, now = town.administrator, at("2022-04-20")
        reading = statistics.make_reading(visitors, town.county, town.quarter, "80", by=by)
        sent = ReadingFile.objects.create(
            name="r.csv",
            content=b"",
            quarter=town.quarter,
            source="s",
            published_on=now,
            uploaded_by=by,
            uploaded_at=now,
            applied_by=by,
            applied_at=now,
        )
        unread = statistics.make_indicator("exports", visitors.bureau, "出口额")
        return {
            "commitments_indicator": unread.pk,
            "commitments_reading": reading.pk,
            "commitments_readingfile": sent.pk,
        }

    def _own_arguments(self) -> Mapping[str, tuple[object, ...]]:
        """Of addresses about something else than the county, its report or its letter."""
        city, county = ("430400", 2022), ("430421", 2022)
        return {
            **dict.fromkeys(("letter_list", "fulfilment", "settlement_list", "bulletin_list"), city),
            "bulletin": (*city, 1),
            "bulletin_begin": (*city, 1),
            "bulletin_file": (*city, 1, "docx"),
            "relief_ask": (*county, self.relief.pledge_id),
            "relief_decide": (*county, self.relief.pk),
            "settlement_evidence": (*county, self.evidence.pk),
            "scan": (*county, self.scan.pk),
            "extension": (self.asked.pk,),
            "notice": (0,),
            "notice_read": (0,),
            **dict.fromkeys(("export", "export_progress", "export_file"), (NO_KEY,)),
            "admin:import_progress": (self.keys["projects_importfile"],),
            "evidence": (self.photo,),
            "evidence_thumbnail": (self.photo,),
            **dict.fromkeys(
                ("workbook", "workbook_progress", "workbook_annotated"),
                (self.quarter.label, "430421", self.workbook.pk),
            ),
        }

    def address(self, name: str) -> str:
        """The address of this name for the county's records; one without a name by a made-up path."""
        if name == "report_export":
            return reverse(name, args=[self.report.pk]) + "?export=csv"
        own = self._own_arguments().get(name)
        if own:
            return reverse(name, args=own)
        if "/" in name:
            return "/admin/nothing/here/"
        model = name.removeprefix("admin:").rpartition("_")[0]
        known: dict[str, object] = {
            "code": "A1" if name == "project_detail" else "430421",
            "label": self.quarter.label,
            "project_code": "A1",
            "pk": self.report.pk,
            "object_id": self.keys.get(model, 1),
            "app_label": "projects",
            "kind": "units",
            "uidb36": "1",
            "key": "set-password",
            "year": 2022,
            "number": 1,
            "serial": self.letter.serial,
            "step": "amend",
        }
        for wanted in (
            (),
            ("code",),
            ("pk",),
            ("object_id",),
            ("app_label",),
            ("kind",),
            ("uidb36", "key"),
            ("label",),
            ("label", "code"),
            ("serial",),
            ("code", "year"),
            ("code", "year", "number"),
            ("code", "year", "step"),
        ):
            try:
                return reverse(name, kwargs={each: known[each] for each in wanted})
            except NoReverseMatch:
                continue
        return reverse(name, kwargs={each: known[each] for each in ("label", "code", "project_code")})


def no_page(status: int) -> Callable[..., HttpResponse]:
    return lambda request, exception=None: HttpResponse(status=status)


@pytest.fixture
def somewhere(town: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Refusals come without their page, which would be made thousands of times: other tests look at it.

    For as many times a session and its person aren't looked up anew: nobody's roles change here.
    """
    monkeypatch.setattr(urls, "handler403", no_page(403))
    monkeypatch.setattr(urls, "handler404", no_page(404))
    person = cache(accounts.Backend().get_user)
    monkeypatch.setattr(accounts.Backend, "get_user", lambda self, key: person(key))
    with time_machine.travel(NOW), override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
        yield World(town)


@contextmanager
def unwritten() -> Iterator[None]:
    """Pages are decided on and not written out: whether somebody may see one is known before its template is asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "render", lambda self, context=None, request=None: "")
        patch.setattr(AdminSite, "each_context", lambda site, request: {})
        yield


def test_every_address_stands_in_the_table() -> None:
    django_shortcuts = {name for name in names() if name.startswith("admin/") and name.endswith("<path:object_id>/")}
    assert set(names()) - django_shortcuts == set(ROWS)


def test_every_address_answers_every_role_as_the_table_says(somewhere: World) -> None:
    """Each page is written out for each role once, at the unit's own place if it may be seen there."""
    wrong = []
    anonymous = Visitor(Client())
    for name, row in ROWS.items():
        address = somewhere.address(name)
        expected = {("nowhere", "anonymous"): row.anonymous}
        for place, answers in zip(PLACES, (row.own, row.above or row.own, row.foreign), strict=True):
            expected |= {(place, role): answer for role, answer in answers.items()}
        for who, answer in expected.items():
            known = who[0] in {"above", "foreign"} and row.own[who[1]] == "200"
            with unwritten() if known else nullcontext():
                found = somewhere.visitors.get(who, anonymous).get(address)
            if found != answer:
                wrong.append(f"{name}, {' '.join(who)}: {found} instead of {answer}")
    assert wrong == [], "\n".join(wrong)


def test_form_of_somebody_who_may_not_send_it_changes_nothing(somewhere: World) -> None:
    posted = {"step": "accept", "flow": "1", "reason": "r", "version": "0"}
    wrong = []
    for name, writers in WRITERS.items():
        address = somewhere.address(name)
        assert Visitor(Client()).post(address, **posted) == SIGN_IN
        for (place, role), visitor in somewhere.visitors.items():
            found = "may" if place != "foreign" and role in writers else visitor.post(address, **posted)
            if found not in {"may", "403", "404"}:
                wrong.append(f"{name}, {place} {role}: {found}")
    assert wrong == []
    assert list(Report.objects.order_by("pk").values_list("state", "preparer_ids")) == [
        ("submitted", [somewhere.report.submitted_by_id]),
        ("draft", [somewhere.report.submitted_by_id]),
    ]
