"""The pages that tests/journeys/test_accessibility.py opens: of every address, and what its forms answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client, override_settings
from django.urls import resolve, reverse

from commitments import lifecycle
from commitments.lifecycle import Draft
from commitments.models import Bulletin, Indicator
from portal.models import Export, MailboxMessage, Membership, Quarter, Role, Unit, User
from portal.views import errors
from projects import drafting, rollups
from projects import lifecycle as reporting
from projects.models import Report
from projects.threads import Note, Threads
from projects.typed import Typed
from tests import world
from tests.attacks.addresses import names
from tests.attacks.test_access import NOW, World
from tests.commitments import letters, standings
from tests.conftest import City
from tests.journeys.forms import forms
from tests.world import at, signed_in

ROUTES = "admin/"  # how the names of addresses begin that have only a route: they lead to those with a name
# Addresses that never answer a person with a page of their own, by why. What their forms answer is looked at all the
# same, from the pages on which those forms stand.
FILES = {
    "admin:import_template",
    "admin:jsi18n",
    "admin:reading_template",
    "bulletin_file",
    "evidence",
    "evidence_thumbnail",
    "export_file",
    "letter_pdf",
    "report_export",
    "report_pdf",
    "scan",
    "settlement_evidence",
    "settlement_sheet",
    "workbook_annotated",
    "workbook_file",
}
FOR_SCRIPTS = {
    "admin:autocomplete",
    "admin:import_progress",
    "export_progress",
    "health",
    "line_autosave",
    "unit_choices",
    "workbook_progress",
}
ONLY_POSTED = {
    "admin:projects_report_accept",
    "admin:projects_report_keys",
    "bulletin_begin",
    "extension_ask",
    "line_evidence",
    "line_keep",
    "lines_keep",
    "lines_keep_undo",
    "notice_read",
    "notices_read",
    "report_answer",
    "report_correct",
    "report_submit",
    "report_withdraw",
    "scan_upload",
    "set_language",
}
LEADING_ON = {"account_set_password", "admin:login", "admin:logout", "admin:password_change", "notice"}
# What nobody may, whatever their role: the page says so, and is looked at as "403".
FOR_NOBODY = {
    "admin:commitments_policy_delete",
    "admin:commitments_readingfile_delete",
    "admin:commitments_scoringruling_delete",
    "admin:portal_extension_delete",
    "admin:portal_message_add",
    "admin:portal_message_delete",
    "admin:portal_suggestion_add",
    "admin:portal_suggestion_delete",
    "admin:portal_user_delete",
    "admin:projects_importfile_delete",
    "admin:projects_reportline_add",
    "admin:projects_reportline_delete",
    "admin:projects_rollupalarm_add",
    "admin:projects_rollupalarm_delete",
}
WITHOUT_PAGE = FILES | FOR_SCRIPTS | ONLY_POSTED | LEADING_ON | FOR_NOBODY
OF_THE_DEMO = {"mail", "mail_html", "mail_list"}
IN_Q1 = "?quarter=2022Q1"


@dataclass(frozen=True)
class Shown:
    """A page as it was answered."""

    name: str  # its language and address, and what was sent to it
    html: str


class Asked(World):
    """The world of tests/attacks with figures, remarks and letters in every state, and people who may see it all."""

    def __init__(self, town: City) -> None:
        super().__init__(town)
        self.town = town
        self.third = world.make_unit("430423", town.city)
        self.fourth, self.fresh = (world.make_unit(code, town.city) for code in ("430424", "430425"))
        units = {town.city, town.county, town.other, self.third, self.fourth, self.fresh}
        self.everybody = world.make_person("everybody", town.city, *Role)
        for unit in units - {town.city}:
            Membership.objects.bulk_create(Membership(user=self.everybody, unit=unit, role=role) for role in Role)
        self.elsewhere = world.make_person("elsewhere", world.make_unit("430500", kind=Unit.Kind.CITY), *Role)
        self.nobody = world.make_person("nobody")
        self.unused = world.make_project("A9", town.city)
        self._letters(town.other, self.third, by=town.administrator)
        self._reports(town)
        Bulletin.objects.create(campaign=self.campaign, quarter=self.quarter, number=2)
        about = {"person": self.everybody, "name": "lines", "address": "/lines/", "language": "en", "asked_at": NOW}
        made = {"state": Export.State.READY, "made_at": NOW, "size": 9, "rows": 3, "done": 3}
        self.exports = [Export.objects.create(**about, **state) for state in ({}, {"state": "failed"}, made)]
        self.mail = MailboxMessage.objects.create(
            recipient="staff@example.test",
            subject="s",
            text="https://portal.example/",
            html='<html lang="zh"><head><title>t</title></head><body><p>p</p></body></html>',
            received_at=NOW,
        )

    def _letters(self, begun: Unit, issued: Unit, *, by: User) -> None:
        """The county's is in force; another's is a draft, and one waits for its principal."""
        lifecycle.begin(self.campaign, begun, by=by, at=letters.DAY)
        version = lifecycle.begin(self.campaign, issued, by=by, at=letters.DAY)
        tourism = Indicator.objects.get(source="readings", pledge__version=version)
        draft = letters.changed(Draft.of(version), tourism, target=Decimal(120), leader="王县长")
        version = lifecycle.save_draft(version, draft, edition=version.edition, by=by, at=letters.DAY)
        lifecycle.issue(version, by=by, at=letters.DAY)

    def _reports(self, town: City) -> None:
        """The other county's first quarters are accepted; its second one came back, was mended and handed in again.

        Of three more counties the second quarter came back and waits, is accepted, and has just been begun.
        """
        standings.make_item()
        last_year = world.make_quarter("2021Q1")
        project = world.make_project("A3", town.other)
        world.make_plan(project, 2021, 900)
        quarters = (last_year, town.quarter)
        self.accepted = [self._accepted(town, quarter, town.other, by=town.stranger) for quarter in quarters]
        rollups.drain(at=NOW)
        back = self._returned(town.other, by=town.stranger)
        line = back.lines.get()
        answers = {str(thread.pk): "已核对" for thread in Threads.of_report(back).of(project.pk)}
        typed = Typed(
            values={"flow": Decimal(1800), "progress": "主体完工"}, answers=answers, explanations=world.SENTENCES
        )
        world.save_line(line, typed, version=line.version, by=town.stranger, at=NOW)
        whole = Threads.of_report(back).on_report[0]
        drafting.answer(back, {whole.pk: "已补充"}, {}, by=town.stranger, at=NOW)
        self.again = reporting.submit(back, by=town.stranger, at=NOW)
        world.make_project("A4", self.third)
        self.back = self._returned(self.third, by=self.everybody)
        world.make_project("A6", self.fourth)
        for quarter in (town.quarter, self.quarter):
            self._accepted(town, quarter, self.fourth, by=self.everybody)
        rollups.drain(at=NOW)
        world.make_project("A7", self.fresh)
        self._accepted(town, town.quarter, self.fresh, by=self.everybody)
        drafting.begin(self.fresh, self.quarter, by=self.everybody, at=NOW)

    def _accepted(self, town: City, quarter: Quarter, unit: Unit, *, by: User) -> Report:
        filed = world.submitted(unit, quarter, 250, by=by, when=at(str(quarter.opens_on)))
        return world.accepted(filed, by=town.reviewer, when=NOW)

    def _returned(self, unit: Unit, *, by: User) -> Report:
        for quarter in (self.town.quarter, self.quarter):
            if not Report.objects.filter(unit=unit, quarter=quarter).exists():
                report = world.submitted(unit, quarter, 250, by=by, when=at(str(quarter.opens_on)))
        line = report.lines.all()[0]
        notes = [Note(line=line.pk, text="哪一段？"), Note(line=line.pk, field="flow", text="发票？")]
        return reporting.send_back(report, by=self.town.reviewer, at=NOW, remark="两处请核实", notes=notes)

    def addresses(self, name: str) -> list[str]:
        """Where a page of this name stands: of the county's records, and of others where those show something else."""
        draft, waiting, ours = ("430422", 2022), ("430423", 2022), ("430421", 2022)
        returned, fresh = (self.quarter.label, "430423"), (self.quarter.label, "430425")
        more: dict[str, list[tuple[object, ...]]] = {
            "letter_edit": [draft],
            "letter_sign": [waiting],
            "letter": [draft, waiting],
            "letter_step": [(*draft, "issue"), (*waiting, "decline"), (*ours, "amend")],
            "quarter_tasks": [returned, fresh, (self.town.quarter.label, "430422"), (self.quarter.label, "430422")],
            "report_grid": [returned, fresh],
            "bulletin": [("430400", 2022, 2)],
            "report_check": [returned],
            "line_form": [(*returned, "A4")],
            "report_detail": [(self.again.pk,), (self.accepted[1].pk,), (self.again.based_on_id,)],
            "admin:projects_report_change": [(self.again.pk,), (self.accepted[1].pk,)],
            "admin:projects_project_delete": [(self.unused.pk,)],
            "export": [(export.key,) for export in self.exports],
            "mail": [(self.mail.pk,)],
            "mail_html": [(self.mail.pk,)],
        }
        asking = {
            "dashboard": [IN_Q1],
            "unit_dashboard": [IN_Q1],
            "league": [IN_Q1],
            "score_sheet": [IN_Q1],
            "situation": [IN_Q1],
            "lines": [f"{IN_Q1}&measure=growth", f"{IN_Q1}&measure=year_to_date"],
            "fulfilment": ["?indicator=investment"],
            "campaign": [IN_Q1],
            "admin:projects_report_changelist": ["?state=every"],
        }
        own = [] if name in {"mail", "mail_html"} else [self.address(name)]
        return [
            *own,
            *(reverse(name, args=each) for each in more.get(name, ())),
            *(own[0] + query for query in asking.get(name, ())),
        ]


class Walk:
    """Every page that answers somebody in this language, and what each of its forms answers when it is sent wrong."""

    def __init__(self, asked: Asked, language: str) -> None:
        self.asked = asked
        self.language = language
        self.stranger = Client(headers={"accept-language": language})
        own = [visitor.client for (place, _role), visitor in asked.visitors.items() if place != "foreign"]
        self.people = [signed_in(asked.everybody), self.stranger, *own, signed_in(asked.elsewhere)]
        self.by_role = {role: visitor.client for (place, role), visitor in asked.visitors.items() if place == "own"}
        self.sent: set[tuple[str, ...]] = set()
        self.landed: set[str] = set()
        self.without_page: set[str] = set()
        self.templates: set[str] = set()

    def pages(self) -> Iterator[Shown]:
        User.objects.update(language=self.language)
        for name in names():
            if name not in WITHOUT_PAGE and not name.startswith(ROUTES):
                with override_settings(DEMO=name in OF_THE_DEMO):
                    found = [page for address in self.asked.addresses(name) for page in self._states(name, address)]
                yield from found
                if not found:
                    self.without_page.add(name)
        for role, client in self.by_role.items():
            yield from self.shown(f"home of a {role}", client.get("/"))
        yield from self.shown("home of nobody", signed_in(self.asked.nobody, self.language).get("/"))
        yield from self._refusals()

    def shown(self, name: str, answer: HttpResponseBase) -> Iterator[Shown]:
        """The page that was answered, if it is one."""
        if html := page_of(answer):
            self.templates |= {each.name for each in getattr(answer, "templates", []) if each.name}
            yield Shown(f"{name} ({self.language})", html)

    def _states(self, name: str, address: str) -> Iterator[Shown]:
        for client in self.people:
            answer = client.get(address)
            if answer.status_code == 200:
                for page in self.shown(name, answer):
                    yield page
                    yield from self._sent(name, client, page.html, address)
                return

    def _sent(self, name: str, client: Client, html: str, address: str) -> Iterator[Shown]:
        """What each form answers, the admin's once for all records; a page that forms lead on to is shown once."""
        for where, ways in forms(html, address):
            for fields in ways:
                pressed = [f"{button}" for button in fields.items() - ways[0].items()]
                form = (named(where) if where.startswith("/admin/") else where, *sorted(fields), *pressed)
                if form in self.sent:
                    continue
                self.sent.add(form)
                with transaction.atomic():
                    answer = client.post(where, fields, follow=True)
                    transaction.set_rollback(True)
                if answer.status_code not in {403, 404, 405} and self._is_new(answer.redirect_chain):
                    yield from self.shown(f"{name}, sent to {where}: {answer.status_code}", answer)

    def _is_new(self, led: list[tuple[str, int]]) -> bool:
        """Whether a form answered by itself, or led to a page that none has led to before."""
        page = named(led[-1][0]) if led else ""
        known = page in self.landed
        self.landed |= {page} - {""}
        return not known

    def _refusals(self) -> Iterator[Shown]:
        reporter = self.by_role[Role.REPORTER]
        yield from self.shown("403", reporter.get("/admin/", follow=True))
        yield from self.shown("404", reporter.get("/no/such/page/"))
        yield from self.shown("403 csrf", Client(enforce_csrf_checks=True).post(reverse("account_login")))
        self.templates.add("500.html")  # made without a request, so that nothing tells of it
        yield from self.shown("500", errors.broken(reporter.get("/profile/").wsgi_request))


def named(address: str) -> str:
    """The name of this address, whatever stands behind its path."""
    return resolve(urlsplit(address).path).view_name


def page_of(answer: HttpResponseBase) -> str:
    """The whole page that was answered; empty where it is a file, a part of a page or a redirect."""
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return ""
    html = answer.content.decode()  # type: ignore[attr-defined]
    return html if "<html" in html else ""
