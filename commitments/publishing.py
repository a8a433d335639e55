"""The only writer of a bulletin's state: it is begun for a quarter, its outlook is typed, and it is published, once."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from commitments import bulletin as wording
from commitments.models import Bulletin, Campaign
from portal.models import Quarter, Unit, User
from portal.roles import ADMINISTRATORS
from projects import rollups
from projects.lifecycle import StepRefused, StepTaken, local_day


def begin(campaign: Campaign, quarter: Quarter, *, by: User, at: datetime) -> Bulletin:
    """The bulletin of this quarter; begun now where there is none.

    Raises StepRefused before the quarter has ended, and where it isn't one of the campaign's year.
    """
    _require(campaign, by, at=at)
    if quarter.year != campaign.year:
        raise StepRefused(_("This quarter isn't one of the campaign's year."))
    if local_day(at) <= quarter.ends_on:
        raise StepRefused(_("The quarter ends on %(day)s: its bulletin comes afterwards.") % {"day": quarter.ends_on})
    with transaction.atomic():
        Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
        found = Bulletin.objects.filter(campaign=campaign, quarter=quarter).first()
        if found:
            return found
        last = Bulletin.objects.filter(campaign=campaign).aggregate(last=Max("number"))["last"]
        return Bulletin.objects.create(campaign=campaign, quarter=quarter, number=(last or 0) + 1)


def note(bulletin: Bulletin, outlook: str, *, by: User, at: datetime) -> Bulletin:
    """Write what comes next, in the administrator's own words. Raises StepTaken where it is published by now."""
    with transaction.atomic():
        found = _locked(bulletin)
        _require(found.campaign, by, at=at)
        if found.published_at:
            raise StepTaken(_("This bulletin has been published in the meantime and doesn't change any more."))
        found.outlook = outlook
        found.save(update_fields=["outlook"])
        return found


def publish(bulletin: Bulletin, *, by: User, at: datetime, seen: str | None = None) -> Bulletin:
    """Freeze what the bulletin says now: figures, sentences in both languages and their hash. 发布.

    `seen` is the hash of what the administrator looked at: raises StepTaken where a figure has moved since. Publishing
    again, by a double click, changes nothing. Raises StepRefused where no report of the quarter is accepted, and
    StepTaken as `refuse_moving` does.
    """
    with transaction.atomic():
        found = _locked(bulletin)
        _require(found.campaign, by, at=at)
        if found.published_at:
            return found
        ground = wording.Ground.read(found.campaign, found.quarter, on=local_day(at))
        if not ground.board.headline().total.coverage.reported:
            raise StepRefused(_("No report of this quarter is accepted yet, so there is nothing to publish."))
        found.content, found.sha256 = wording.canonical(wording.content(ground, found))
        if seen is not None and seen != found.sha256:
            raise StepTaken(_("A figure has moved since you opened this page. Look at it again, then publish."))
        refuse_moving(found.campaign.unit, found.quarter)
        found.published_by, found.published_at, found.recorded_at = by, at, Now()
        found.save()
        found.refresh_from_db(fields=["recorded_at"])
        return found


def refuse_moving(unit: Unit, quarter: Quarter) -> None:
    """Raise StepTaken while figures of the unit's, with all below it, are being recomputed.

    Asked once they have been read, of whoever keeps them for good: what is kept opens the lines as they were known at
    that moment, and these may be ahead of it. So may what others have begun, as an import that takes minutes: it is
    known from its beginning on.
    """
    if rollups.is_moving(Unit.objects.within(unit), quarter):
        raise StepTaken(
            _("Figures are being recomputed: something has changed just now. Look at them again in a moment.")
        )


def _locked(bulletin: Bulletin) -> Bulletin:
    beside = ("campaign__unit", "quarter")
    return Bulletin.objects.select_for_update(of=("self",)).select_related(*beside).get(pk=bulletin.pk)


def _require(campaign: Campaign, user: User, *, at: datetime) -> None:
    reached = Unit.objects.reached_by(user, ADMINISTRATORS, on=local_day(at))
    if not reached.filter(pk=campaign.unit_id).exists():
        raise StepRefused(_("Only administrators of %(unit)s publish its bulletins.") % {"unit": campaign.unit.name})
