"""{% line_status each.status %}: what is left to do about a line, as a word and a shape; a page has hundreds."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

register = template.Library()

SHOWN = {
    "complete": ("status status-good", _("complete")),
    "has_errors": ("status status-bad", _("has errors")),
    "in_progress": ("status status-open", _("in progress")),
    "not_started": ("status", _("not started")),
}


@register.simple_tag
def line_status(status: str) -> SafeString:
    """Of `CheckedLine.status`."""
    look, words = SHOWN[status]
    return format_html('<span class="{}">{}</span>', look, words)
