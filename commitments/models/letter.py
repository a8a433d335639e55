"""A letter of commitment 承诺书 in its versions. Once issued its content stands still; once signed it never changes."""

from datetime import date
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models.membership import Membership, Role
from portal.models.unit import Unit

if TYPE_CHECKING:
    from portal.models import User


class LetterState(models.TextChoices):
    DRAFT = "draft", _("draft")
    ISSUED = "issued", _("issued, to be signed")
    SIGNED = "signed", _("signed, to be counter-signed")
    IN_FORCE = "in_force", _("in force")
    SUPERSEDED = "superseded", _("superseded by an amendment")
    DECLINED = "declined", _("declined by the city")


# The table of transitions; the trigger below is made from it.
TRANSITIONS = {
    (LetterState.DRAFT, LetterState.ISSUED),
    (LetterState.ISSUED, LetterState.DRAFT),
    (LetterState.ISSUED, LetterState.SIGNED),
    (LetterState.SIGNED, LetterState.IN_FORCE),
    (LetterState.SIGNED, LetterState.DECLINED),
    (LetterState.IN_FORCE, LetterState.SUPERSEDED),
}
OPEN = (LetterState.DRAFT, LetterState.ISSUED, LetterState.SIGNED)
UNSIGNED = (LetterState.DRAFT, LetterState.ISSUED)
CONTENT = ["letter_id", "number", "title", "addressee", "opening", "measures", "closing", "based_on_id", "reason"]
SEALED = ["serial", "canonical", "sha256"]

KEEP_FROZEN = f"""
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN
        ({", ".join(sorted(f"'{old}>{new}'" for old, new in TRANSITIONS))}) THEN
        RAISE EXCEPTION 'a letter does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> 'draft' AND ({", ".join("NEW." + name for name in CONTENT)})
        IS DISTINCT FROM ({", ".join("OLD." + name for name in CONTENT)}) THEN
        RAISE EXCEPTION 'the content of an issued letter never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state NOT IN ('draft', 'issued') AND ({", ".join("NEW." + name for name in SEALED)})
        IS DISTINCT FROM ({", ".join("OLD." + name for name in SEALED)}) THEN
        RAISE EXCEPTION 'the seal of a signed letter never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'signed' AND NOT EXISTS (
        SELECT FROM commitments_lettersignature
        WHERE version_id = NEW.id AND party = 'unit' AND sha256 = NEW.sha256) THEN
        RAISE EXCEPTION 'a signed letter needs the signature of its unit' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'in_force' AND NOT EXISTS (
        SELECT FROM commitments_lettersignature WHERE version_id = NEW.id AND party = 'city') THEN
        RAISE EXCEPTION 'a letter comes into force by the counter-signature' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
# A row of the content may be written only while its version is a draft. It waits for whoever takes a step with the
# version, and holds up whoever would: else a row written beside an issue would come into the issued letter.
ONLY_IN_A_DRAFT = """
    PERFORM FROM commitments_letterversion version WHERE version.id IN ({versions}) FOR SHARE;
    IF EXISTS (
        SELECT FROM commitments_letterversion version
        WHERE version.id IN ({versions}) AND version.state <> 'draft') THEN
        RAISE EXCEPTION 'the content of an issued letter never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN {row};
"""
SIGNED_IN_TURN = """
    IF NOT EXISTS (
        SELECT FROM commitments_letterversion version
        WHERE version.id = NEW.version_id
          AND version.state = CASE NEW.party WHEN 'unit' THEN 'issued' ELSE 'signed' END) THEN
        RAISE EXCEPTION 'this letter is not waiting for this signature' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


def only_in_a_draft() -> list[pgtrigger.Trigger]:
    """The triggers of a table whose rows are content of the letter's version in its column version_id."""
    written = (
        ("insert", pgtrigger.Insert, "NEW.version_id", "NEW"),
        ("update", pgtrigger.Update, "NEW.version_id, OLD.version_id", "NEW"),
        ("delete", pgtrigger.Delete, "OLD.version_id", "OLD"),
    )
    return [
        pgtrigger.Trigger(
            name=f"draft_{name}",
            operation=operation,
            when=pgtrigger.Before,
            func=ONLY_IN_A_DRAFT.format(versions=versions, row=row),
        )
        for name, operation, versions, row in written
    ]


class Letter(models.Model):
    """What one unit commits itself to in one campaign; what it says stands in its versions."""

    campaign = models.ForeignKey(
        "commitments.Campaign", models.PROTECT, related_name="letters", verbose_name=_("campaign")
    )
    unit = models.ForeignKey("portal.Unit", models.PROTECT, verbose_name=_("unit"))

    class Meta:
        verbose_name = _("letter of commitment")
        verbose_name_plural = _("letters of commitment")
        ordering = ["-campaign__year", "unit__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "unit"],
                name="letter_once_a_campaign",
                violation_error_message=_("This unit has a letter in this campaign already; amend it."),
            )
        ]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.campaign.year} · {self.unit}"


class LetterVersionQuerySet(models.QuerySet["LetterVersion"]):
    def open(self) -> Self:
        """Not in force yet: there is at most one of a letter."""
        return self.filter(state__in=OPEN)

    def in_force(self) -> Self:
        return self.filter(state=LetterState.IN_FORCE)

    def visible_to(self, user: "User", *, on: date) -> Self:
        """A unit's people and those who administer it see its drafts, everybody else within reach what is signed."""
        from portal.roles import ADMIN_ROLES, EVERYONE, UNIT_PEOPLE

        own = Unit.objects.reached_by(user, UNIT_PEOPLE | ADMIN_ROLES, on=on)
        reached = Unit.objects.reached_by(user, EVERYONE, on=on)
        return self.filter(Q(letter__unit__in=own) | Q(letter__unit__in=reached) & ~Q(state__in=UNSIGNED))

    def waiting_for(self, user: "User", *, on: date) -> Self:
        """Those that wait for this person's signature: as a principal of the unit, then of the campaign's."""
        held = Membership.objects.in_force(on=on).filter(user=user, role=Role.PRINCIPAL).values("unit")
        own = Q(state=LetterState.ISSUED, letter__unit__in=held)
        return self.filter(own | Q(state=LetterState.SIGNED, letter__campaign__unit__in=held))


class LetterVersion(models.Model):
    """The letter as drafted, issued, signed and counter-signed; an amendment is the next version, with a reason."""

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="versions", verbose_name=_("letter"))
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=12, choices=LetterState, default=LetterState.DRAFT)
    based_on = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("based on")
    )
    reason = models.TextField(_("reason of the amendment"), blank=True)

    title = models.CharField(_("title"), max_length=200)
    addressee = models.CharField(_("addressed to"), max_length=200, blank=True)
    opening = models.TextField(_("opening"))
    measures = models.TextField(_("measures"), blank=True)
    closing = models.TextField(_("closing"))

    # Counts the savings of a draft, so that nobody overwrites what they haven't seen.
    edition = models.PositiveIntegerField(default=0, editable=False)
    edited_by = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, related_name="+", verbose_name=_("edited by")
    )
    edited_at = models.DateTimeField(_("edited at"), null=True)

    # The public number by which anybody checks the letter; given when it is first issued, and not to be guessed.
    serial = models.CharField(_("number"), max_length=40, null=True, blank=True, unique=True)
    issued_by = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, related_name="+", verbose_name=_("issued by")
    )
    issued_at = models.DateTimeField(_("issued at"), null=True)
    # The exact text that was signed (canonical JSON, UTF-8), and its SHA-256 in hexadecimal digits.
    canonical = models.TextField(_("canonical form"), blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)

    objects = LetterVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a letter")
        verbose_name_plural = _("versions of letters")
        ordering = ["letter", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "number"], name="letter_version_once"),
            models.UniqueConstraint(
                fields=["letter"], condition=Q(state__in=["draft", "issued", "signed"]), name="letter_one_open_version"
            ),
            models.UniqueConstraint(
                fields=["letter"], condition=Q(state="in_force"), name="letter_one_version_in_force"
            ),
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(reason=""),
                name="letter_amendment_has_a_reason",
                violation_error_message=_("Say why the letter is amended."),
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(serial__isnull=False, issued_by__isnull=False, issued_at__isnull=False),
                name="letter_issued_has_number_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "issued"], canonical="", sha256="")
                | ~Q(state__in=["draft", "issued"]) & ~Q(canonical="") & Q(sha256__regex="^[0-9a-f]{64}$"),
                name="letter_signed_has_its_seal",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="keep_frozen", operation=pgtrigger.Update, when=pgtrigger.Before, func=KEEP_FROZEN),
            pgtrigger.Trigger(
                name="begin_as_draft",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__state__df="draft"),
                func="RAISE EXCEPTION 'a letter begins as a draft' USING ERRCODE = 'check_violation';",
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.letter} · {self.number}"


class LetterProject(models.Model):
    """A project that the letter lists, with the year's plan as it stood when the letter was drafted. Money in 万元."""

    version = models.ForeignKey(LetterVersion, models.PROTECT, related_name="projects", verbose_name=_("version"))
    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="+", verbose_name=_("project"))
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=200)
    planned_investment = models.DecimalField(_("annual planned investment"), max_digits=14, decimal_places=2)
    start_due_on = models.DateField(_("to start by"), null=True, blank=True)
    finish_due_on = models.DateField(_("to be completed by"), null=True, blank=True)

    class Meta:
        verbose_name = _("project of a letter")
        verbose_name_plural = _("projects of a letter")
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "project"], name="letter_project_once")]
        triggers = only_in_a_draft()

    def __str__(self) -> str:
        return self.name


class LetterSignature(models.Model):
    """Who signed what and when: the principal for the unit, then the city's. Only ever added.

    `sha256` is that of the version's canonical form, for the city followed by what the city's signatory added; `seal`
    is made of it with the portal's secret key, so that whoever can write to the database alone can't make one.
    """

    class Party(models.TextChoices):
        UNIT = "unit", _("the unit")
        CITY = "city", _("the city")

    version = models.ForeignKey(LetterVersion, models.PROTECT, related_name="signatures", verbose_name=_("version"))
    party = models.CharField(_("signed for"), max_length=5, choices=Party)
    signer = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("signed by"))
    name = models.CharField(_("name as typed"), max_length=100)
    post = models.CharField(_("post"), max_length=100)
    signed_at = models.DateTimeField(_("signed at"))
    sha256 = models.CharField("SHA-256", max_length=64)
    seal = models.CharField(_("seal"), max_length=64)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["signed_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "party"], name="letter_signature_once"),
            models.CheckConstraint(condition=~Q(name=""), name="letter_signature_has_a_name"),
        ]
        triggers = [
            pgtrigger.Trigger(name="in_turn", operation=pgtrigger.Insert, when=pgtrigger.Before, func=SIGNED_IN_TURN),
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()} · {self.name}"


class LetterEvent(models.Model):
    """One step of a letter or of its settlement: who, when, why. Only ever added."""

    class Verb(models.TextChoices):
        BEGIN = "begin", _("drafted")
        ISSUE = "issue", _("issued")
        TAKE_BACK = "take_back", _("taken back to the draft")
        SIGN = "sign", _("signed")
        COUNTERSIGN = "countersign", _("counter-signed")
        DECLINE = "decline", _("declined")
        AMEND = "amend", _("amendment begun")
        REMIND = "remind", _("reminded")
        ATTACH = "attach", _("file attached")
        ASK_RELIEF = "ask_relief", _("adjustment or exemption asked for")
        DECIDE_RELIEF = "decide_relief", _("adjustment or exemption decided")
        OPEN_SETTLEMENT = "open_settlement", _("settlement opened")
        ASSESS = "assess", _("self-assessment handed in")
        VERIFY = "verify", _("results verified")
        OBJECT = "object", _("objection raised")
        ANSWER = "answer", _("objection answered")
        CLOSE = "close", _("settlement closed")

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="events", verbose_name=_("letter"))
    version = models.ForeignKey(
        LetterVersion, models.PROTECT, null=True, related_name="events", verbose_name=_("version")
    )
    verb = models.CharField(_("step"), max_length=20, choices=Verb)
    by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))
    reason = models.TextField(_("why"), blank=True)

    class Meta:
        verbose_name = _("step of a letter")
        verbose_name_plural = _("steps of letters")
        ordering = ["at", "id"]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.letter} · {self.get_verb_display()}"
