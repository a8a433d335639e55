"""What the audit found, in words, for those who enter the admin; nobody edits it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from portal.models import Notice, Role
from projects import audit, kept_sums, rollups, tasks
from projects.models import AnnualPlan, Cell, Chain, KeptSum, RollupAlarm
from tests import world
from tests.conftest import City
from tests.world import at, signed_in

LIST = "/admin/projects/rollupalarm/"
NOW = at("2022-04-05")


def wrong(town: City) -> None:
    """The county's cells were changed behind the portal's back; the audit has found and mended them."""
    rollups.drain(at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_cell SET planned = planned + 1.5, projects = 9 WHERE grain = 'unit'")
        cursor.execute("DELETE FROM projects_cell WHERE grain = 'class'")
    audit.repair(at=NOW)


def test_alarm_says_which_figures_were_wrong_and_what_they_should_be(town: City) -> None:
    wrong(town)
    page = signed_in(town.administrator).get(LIST).content.decode()
    assert "the whole unit" in page
    assert "Annual planned investment (CNY million): 40.015 instead of 40" in page
    assert "Projects: 9 instead of 2" in page
    assert "Municipal key · Industry" in page
    assert "These figures were missing." in page
    assert "市重点 · 产业" in signed_in(town.administrator, "zh-hans").get(LIST).content.decode()


def test_alarm_of_a_chain_names_it_as_one(town: City) -> None:
    chain = Chain.objects.order_by("position")[0]
    AnnualPlan.objects.update(chain=chain)
    rollups.drain(at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_cell SET planned = planned + 1.5 WHERE grain = 'chain'")
    audit.repair(at=NOW)
    assert f"industry chain: {chain.name_en}" in signed_in(town.administrator).get(LIST).content.decode()


def test_alarm_of_a_sum_up_the_tree_says_whose_and_of_what(town: City) -> None:
    rollups.drain(at=NOW)
    kept_sums.make(town.quarter)
    kept = KeptSum.objects.filter(unit=town.city)
    kept.filter(part="").update(planned_covered=7, owing=9)
    kept.filter(part__startswith="municipal_key||").update(projects=8)
    tasks.verify()
    page = signed_in(town.administrator).get(LIST).content.decode()
    assert "with all below it: the whole unit" in page
    assert "units that owe a report: 9 instead of 1" in page
    assert "plan of the units whose reports count (CNY million): 0.07 instead of 0" in page
    assert "with all below it: Municipal key" in page
    assert "含下级：市重点" in signed_in(town.administrator, "zh-hans").get(LIST).content.decode()
    assert town.administrator.notices.get().facts == {"count": 2}


def test_alarm_says_that_it_is_repaired_and_what_to_compare_with_which_lines(town: City) -> None:
    wrong(town)
    page = signed_in(town.administrator, "zh-hans").get(LIST).content.decode()
    assert "此处无需再作修改" in page
    assert "通报" in page
    missing = RollupAlarm.objects.filter(found__isnull=True)[0]
    told = signed_in(town.administrator).get(f"{LIST}{missing.pk}/change/").content.decode()
    assert "nothing is to be corrected here" in told
    assert "Projects: — instead of 2" in told
    assert "Annual planned investment (CNY million): — instead of 40" in told
    address = f"/lines/?quarter=2022Q1&amp;unit={missing.unit.code}&amp;itself=1&amp;measure=projects"
    assert address in told
    assert signed_in(town.administrator).get(address.replace("&amp;", "&")).status_code == 200


def test_alarm_of_a_sum_opens_the_lines_of_all_below_it(town: City) -> None:
    rollups.drain(at=NOW)
    kept_sums.make(town.quarter)
    KeptSum.objects.filter(unit=town.city, part="").update(projects=9)
    audit.repair(at=NOW)
    alarm = RollupAlarm.objects.get()
    told = signed_in(town.administrator).get(f"{LIST}{alarm.pk}/change/").content.decode()
    assert f"/lines/?quarter=2022Q1&amp;unit={town.city.code}&amp;measure=projects" in told


def test_administrators_hear_at_the_bell_of_what_was_repaired_within_their_reach(town: City) -> None:
    """Whoever administers the other county has nothing to look at; a night without a difference tells nobody."""
    elsewhere = world.make_person("elsewhere", town.other, Role.ADMINISTRATOR)
    rollups.drain(at=NOW)
    tasks.verify()
    assert not Notice.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_cell SET planned = planned + 1.5")
    tasks.verify()
    (told,) = Notice.objects.all()
    assert (told.recipient, told.link, told.facts) == (town.administrator, LIST, {"count": RollupAlarm.objects.count()})
    assert elsewhere.notices.count() == 0
    assert "has repaired them: 2, see which" in signed_in(town.administrator).get("/notices/").content.decode()
    assert "夜间核对" in signed_in(town.administrator, "zh-hans").get("/notices/").content.decode()


def test_command_that_repairs_rings_the_bell_too(town: City) -> None:
    wrong(town)
    Cell.objects.update(planned=0)
    with pytest.raises(CommandError):
        call_command("rollup", "--verify", stdout=StringIO())
    assert town.administrator.notices.get().kind == "figures_repaired"


def test_alarm_of_a_cell_too_many_says_so(town: City) -> None:
    rollups.drain(at=NOW)
    cell = Cell.objects.get(grain="unit", unit=town.county)
    cell.pk, cell.unit = None, town.other
    cell.save()
    audit.repair(at=NOW)
    page = signed_in(town.administrator).get(LIST).content.decode()
    assert "These figures had no project behind them." in page


def test_alarms_are_read_only_and_within_reach(town: City) -> None:
    wrong(town)
    alarm = RollupAlarm.objects.first()
    assert alarm
    here = signed_in(town.administrator)
    assert here.get(f"{LIST}{alarm.pk}/change/").status_code == 200
    assert here.post(f"{LIST}{alarm.pk}/change/", {"unit": town.other.pk}).status_code == 403
    assert here.post(f"{LIST}{alarm.pk}/delete/", {"post": "yes"}).status_code == 403
    elsewhere = signed_in(world.make_person("elsewhere", town.other, Role.AUDITOR))
    assert elsewhere.get(LIST).context["cl"].result_count == 0


def test_alarm_list_costs_the_same_for_one_and_many(
    town: City, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(town.administrator)
    wrong(town)
    client.get(LIST)
    for copies in (0, 3, 100):
        RollupAlarm.objects.bulk_create(
            RollupAlarm(unit=each.unit, quarter=each.quarter, raised_at=NOW, found=each.found, expected=each.expected)
            for each in RollupAlarm.objects.all()[:1]
            for _ in range(copies)
        )
        with django_assert_num_queries(7):
            client.get(LIST)
