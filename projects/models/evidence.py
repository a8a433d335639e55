"""Evidence: photos and documents at a line, frozen with it. The next revision has the same files by its own rows."""

import uuid
from datetime import date
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.history import tracked
from projects.models.report import Report

if TYPE_CHECKING:
    from portal.models import User

LONGEST_CAPTION = 120  # characters

# FOR SHARE: evidence that is being added holds off the submission of its report, and the other way round.
KEEP_FROZEN = """
    SELECT report.state INTO state
        FROM projects_reportline line JOIN projects_report report ON report.id = line.report_id
        WHERE line.id = COALESCE(NEW.line_id, OLD.line_id) FOR SHARE OF report;
    IF state <> 'draft' THEN
        RAISE EXCEPTION 'the evidence of a submitted report never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE'
        AND (NEW.line_id, NEW.file_id, NEW.key) IS DISTINCT FROM (OLD.line_id, OLD.file_id, OLD.key) THEN
        RAISE EXCEPTION 'evidence stays at its line' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


def kept_in() -> Storage:
    """Where the files lie: outside of what the web server hands out, under names made here."""
    return storages["evidence"]


class StoredFile(models.Model):
    """A file as it was made anew from what was uploaded. The row comes first, so that no file is without one.

    It is never changed. Some time after the last evidence has let go of it, `projects.evidence.sweep` deletes it.
    """

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photo")
        DOCUMENT = "document", _("document")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("file name"), max_length=200, help_text=_("As it was called where it came from."))
    sha256 = models.CharField("SHA-256", max_length=64, help_text=_("Of the file as it was uploaded."))
    size = models.PositiveIntegerField(_("size (bytes)"))
    width = models.PositiveIntegerField(_("width (pixels)"), null=True)
    height = models.PositiveIntegerField(_("height (pixels)"), null=True)
    pages = models.PositiveSmallIntegerField(_("pages"), null=True)
    uploaded_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    unused_since = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        ordering = ["uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="photo", width__isnull=False, height__isnull=False, pages=None)
                | Q(kind="document", width=None, height=None, pages__isnull=False),
                name="stored_file_has_its_measures",
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="never_changed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["unused_since"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_photo(self) -> bool:
        return self.kind == self.Kind.PHOTO

    @property
    def ending(self) -> str:
        return ".jpg" if self.is_photo else ".pdf"

    @property
    def path(self) -> str:
        """Where the file lies in `kept_in`: under a name of ours."""
        return f"{self.key.hex[:2]}/{self.key}{self.ending}"

    @property
    def thumbnail_path(self) -> str:
        """Where the small photo lies; a document has none."""
        return f"{self.key.hex[:2]}/{self.key}.small.jpg"

    @property
    def paths(self) -> list[str]:
        return [self.path, self.thumbnail_path] if self.is_photo else [self.path]


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def kept(self) -> Self:
        """Without what was taken out of a draft, which may still be put back."""
        return self.filter(removed_at=None)

    def visible_to(self, user: "User", *, on: date) -> Self:
        """What stands at lines of reports that this person sees: of drafts only the unit's own people."""
        return self.filter(line__report__in=Report.objects.visible_to(user, on=on))


@tracked
class Evidence(models.Model):
    class Purpose(models.TextChoices):
        PROGRESS = "progress", _("progress")
        START = "start", _("start of works")
        COMPLETION = "completion", _("completion")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    line = models.ForeignKey(
        "projects.ReportLine",
        models.PROTECT,
        related_name="evidence",
        db_constraint=False,  # but one of the line and its year
        verbose_name=_("report line"),
    )
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="evidence", verbose_name=_("file"))
    purpose = models.CharField(_("what it shows"), max_length=10, choices=Purpose, default=Purpose.PROGRESS)
    caption = models.CharField(_("caption"), max_length=LONGEST_CAPTION, blank=True)
    added_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))
    removed_by = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, related_name="+", verbose_name=_("removed by")
    )
    removed_at = models.DateTimeField(_("removed at"), null=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["added_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["line", "file"], name="evidence_once_at_a_line"),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="evidence_removed_has_who_and_when",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_frozen",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                declare=[("state", "text")],
                func=KEEP_FROZEN,
            )
        ]

    def __str__(self) -> str:
        return self.caption or self.file.name
