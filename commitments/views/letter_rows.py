"""What the list of who has signed is filtered by, and which columns it has."""

import django_filters
import django_tables2 as tables
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from commitments.roll import HAVE_SIGNED, Row, Standing
from commitments.templatetags.letters import letter_state, letter_state_words
from portal import lists
from portal.columns import TimeColumn
from portal.models import Unit

AMENDING = "amending"
SIGNED = [("yes", _("has signed")), ("no", _("has not signed"))]
STANDINGS = [(each.value, each.label) for each in Standing]


class RollFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("unit or number"), method="by_text")
    kind = django_filters.ChoiceFilter(label=_("kind of unit"), choices=Unit.Kind.choices)
    signed = django_filters.ChoiceFilter(label=_("signed or not"), choices=SIGNED, method="by_signature")
    state = django_filters.ChoiceFilter(
        label=_("state"), choices=[*STANDINGS, (AMENDING, _("amendment under way"))], method="by_state"
    )

    class Meta:
        model = Unit
        fields: tuple[str, ...] = ()

    def by_text(self, queryset: lists.Rows, name: str, text: str) -> lists.Rows:
        """Every word stands in a name of the unit, its code or the letter's number."""
        for word in text.split():
            found = Q(name_zh__icontains=word) | Q(name_en__icontains=word)
            queryset = queryset.filter(found | Q(code__icontains=word) | Q(serial__icontains=word))
        return queryset

    def by_signature(self, queryset: lists.Rows, name: str, answer: str) -> lists.Rows:
        have = Q(standing__in=HAVE_SIGNED)
        return queryset.filter(have if answer == "yes" else ~have)

    def by_state(self, queryset: lists.Rows, name: str, state: str) -> lists.Rows:
        return queryset.filter(amendment__isnull=False) if state == AMENDING else queryset.filter(standing=state)


class RollTable(tables.Table):
    code = tables.Column(verbose_name=_("code"))
    label = tables.Column(verbose_name=_("unit"), order_by="code")
    kind = tables.Column(verbose_name=_("kind of unit"))
    standing = tables.Column(verbose_name=_("state"))
    version = tables.Column(verbose_name=_("version"))
    serial = tables.Column(verbose_name=_("number of the letter"), attrs={"td": {"class": "letter-serial"}})
    signer = tables.Column(verbose_name=_("signed by"))
    signed_at = TimeColumn(verbose_name=_("signed at"))
    countersigned_at = TimeColumn(verbose_name=_("counter-signed at"))
    reminded_at = TimeColumn(verbose_name=_("last reminder"))

    class Meta:
        model = Unit
        fields = ("code", "label", "kind")
        sequence: tuple[str, ...] = (*fields, "...")
        order_by = ("code",)
        empty_text = _("No unit matches.")

    def render_label(self, value: str, record: Row) -> str | SafeString:
        if record.standing == Standing.NONE:
            return value
        return format_html('<a href="{}">{}</a>', reverse("letter", args=[record.code, record.year]), value)

    def value_label(self, value: str) -> str:
        return value

    def render_standing(self, value: str, record: Row) -> SafeString:
        if not record.amendment:
            return letter_state(value)
        amended = format_html("{} {}", _("amendment:"), letter_state(record.amendment))
        return format_html_join("", "<div>{}</div>", [(letter_state(value),), (amended,)])

    def value_standing(self, value: str, record: Row) -> str:
        words = letter_state_words(value)
        return f"{words}; {_('amendment:')} {letter_state_words(record.amendment)}" if record.amendment else words

    def render_signer(self, value: str, record: Row) -> str:
        return f"{value} · {record.post}" if record.post else value


class StepTable(RollTable):
    """The same with a box in each row, for those who issue and remind; the boxes belong to the form of the steps."""

    chosen = tables.Column(verbose_name=_("choose"), accessor="code", orderable=False, exclude_from_export=True)

    class Meta(RollTable.Meta):
        sequence = ("chosen", *RollTable.Meta.fields, "...")

    def render_chosen(self, value: str, record: Row) -> SafeString:
        return format_html(
            '<input class="form-check-input" type="checkbox" name="unit" value="{}" form="steps" aria-label="{}">',
            value,
            f"{self.columns['chosen'].header}: {record.label}",
        )
