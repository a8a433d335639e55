"""A version of a letter on paper, for whoever may read it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from commitments import printed_letter
from commitments.models import LetterVersion
from portal import clock
from portal.accounts import signed_in
from portal.printing import answers, pdf


@require_safe
def letter_pdf(request: HttpRequest, code: str, year: int, number: int) -> HttpResponse:
    """As PDF/A: the same bytes for everybody once it is signed. Drafts are for the unit's people and administrators."""
    visible = LetterVersion.objects.visible_to(signed_in(request), on=clock.today())
    found = visible.filter(letter__unit__code=code, letter__campaign__year=year, number=number)
    version = (
        found.select_related("letter__unit", "letter__campaign__unit").order_by("letter__campaign__unit__code").first()
    )
    if version is None:
        raise Http404
    printed = pdf.printed("letter", printed_letter.content(version))
    return answers.answer(printed.pdf, f"{version.title}-{version.serial or number}", "pdf", attached=False)
