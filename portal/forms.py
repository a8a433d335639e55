"""What people fill in about themselves, and the notes they leave."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.models import Suggestion, User


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = User
        fields = ("name", "post", "language", "wants_weekly", "wants_notices", "uses_keys")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "post": forms.TextInput(attrs={"autocomplete": "organization-title"}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.instance.has_perm("portal.enter_admin"):
            del self.fields["uses_keys"]  # only who reviews has any
        choices = [("", _("as the browser asks")), *User._meta.get_field("language").flatchoices]
        self.fields["language"] = forms.ChoiceField(
            choices=choices,
            required=False,
            label=self.fields["language"].label,
            help_text=self.fields["language"].help_text,
        )


class SuggestionForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Suggestion
        fields = ("text", "page")
        widgets = {"text": forms.Textarea(attrs={"rows": 6}), "page": forms.HiddenInput}

    def clean_page(self) -> str:
        """An address of this site; anything else is left out, so that nobody is led elsewhere by the link."""
        page: str = self.cleaned_data["page"]
        return page if page.startswith("/") and not page.startswith("//") and "\\" not in page else "/"
