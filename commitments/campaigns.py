"""A campaign's own verb: to be cloned into the next year. One transaction; who and when are given.

What is carried over is to be looked at: targets keep last year's figures, and their notes say so.
"""

from datetime import date, datetime
from typing import TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from commitments.models import Campaign, Policy, PolicyLight, ScoringItem, TemplatePledge
from portal.models import Unit, User
from portal.roles import ADMINISTRATORS
from projects.lifecycle import StepRefused, local_day

M = TypeVar("M", bound=models.Model)
LONGEST_NOTE, LONGEST_REASON = 200, 300


def policy_of(campaign: Campaign) -> Policy:
    """By what the campaign's year is judged at its end."""
    return Policy.objects.in_force(on=date(campaign.year, 12, 31), campaign=campaign)


def clone(campaign: Campaign, *, by: User, at: datetime) -> Campaign:
    """The campaign of the next year, with its issuer, targets, templates with their pledges, and a policy of its own.

    Days are left open, since they are set anew. The policy is a copy of the one in force at the year's end and begins
    on 1 January. Raises StepRefused where the person doesn't administer the unit, or the next year has a campaign.
    """
    if not Unit.objects.reached_by(by, ADMINISTRATORS, on=local_day(at)).filter(pk=campaign.unit_id).exists():
        raise StepRefused(_("Your role at this unit doesn't allow this step."))
    with transaction.atomic():
        old = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
        following = Campaign.objects.filter(unit=old.unit_id, year=old.year + 1).first()
        if following:
            raise StepRefused(
                _("%(unit)s has a campaign of %(year)s already: “%(name)s”. Change that one instead.")
                % {"unit": old.unit.name, "year": following.year, "name": following.name}
            )
        return _cloned(old)


def _cloned(old: Campaign) -> Campaign:
    new = _like(old, year=old.year + 1, cloned_from=old, launched_on=None, sign_by=None)
    new.name_zh, new.name_en = _next_year(old, old.name_zh), _next_year(old, old.name_en)
    new.save()
    for target in old.targets.all():
        _like(target, campaign=new, note=_flagged(target.note, old.year)).save()
    for template in old.templates.all():
        copy = _like(template, campaign=new, title=_next_year(old, template.title))
        copy.save()
        TemplatePledge.objects.bulk_create(_like(pledge, template=copy) for pledge in template.pledges.all())
    _clone_policy(old, new)
    return new


def _flagged(note: str, year: int) -> str:
    """The note, and before it that nobody has looked at this figure since that year."""
    flag = _("carried over from %(year)s, to be reviewed")
    own = note.removeprefix(flag % {"year": year - 1}).removeprefix(" · ")
    return " · ".join(part for part in (flag % {"year": year}, own) if part)[:LONGEST_NOTE]


def _next_year(old: Campaign, name: str) -> str:
    """A name that says its year says the next one."""
    return name.replace(str(old.year), str(old.year + 1))


def _clone_policy(old: Campaign, new: Campaign) -> None:
    """The old campaign's policy at its year's end, as one of the new campaign from 1 January."""
    policy = policy_of(old)
    reason = _("carried over from %(year)s: %(reason)s") % {"year": old.year, "reason": policy.reason}
    copy = _like(policy, campaign=new, effective_on=date(new.year, 1, 1), reason=reason[:LONGEST_REASON])
    copy.save()
    PolicyLight.objects.bulk_create(_like(light, policy=copy) for light in policy.lights.all())
    ScoringItem.objects.bulk_create(_like(each, policy=copy) for each in policy.items.all())
    for group in policy.groups.all():
        named = _like(group, policy=copy)
        named.save()
        named.units.set(group.units.all())


def _like(row: M, **changed: object) -> M:
    """A row like this one, not saved yet, but for what is changed."""
    own = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
    copy = type(row)(**own)
    for name, value in changed.items():
        setattr(copy, name, value)
    return copy
