"""The forms of a page, and what a person sends who gets every field of one wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

WRONG = "about twenty?"
VOID = {"br", "hr", "img", "input", "link", "meta", "col", "source", "wbr"}
# They do something whatever is sent.
NOT_SENT = ("/language/", "/accounts/logout/")
# Of the admin: they save as Enter does, or begin what a list's choice names.
NOT_PRESSED = {"_save", "_continue", "_addanother", "_saveasnew", "index"}


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def ways(self) -> list[dict[str, str]]:
        """What is sent by the Enter key, and by each button that has a name."""
        pressed = [each for each in self.buttons if each[0] not in NOT_PRESSED]
        return [self.fields, *({**self.fields, name: value} for name, value in pressed)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.ids: dict[str, Form] = {}
        self.open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(said.get("action", ""))
            if said.get("method", "").lower() == "post":
                self.forms.append(self.open)
            self.ids[said.get("id", "")] = self.open
        elif tag in {"input", "textarea", "select", "button"} and said.get("name"):
            self._field(tag, said)

    def _field(self, tag: str, said: dict[str, str]) -> None:
        form = self.ids.get(said["form"]) if "form" in said else self.open
        kind = said.get("type", "submit" if tag == "button" else "text")
        if form is None or kind in {"checkbox", "radio", "file"}:
            return
        if kind == "submit":
            form.buttons.append((said["name"], said.get("value", "")))
        elif kind == "hidden":
            form.fields[said["name"]] = said.get("value", "")
        else:
            form.fields[said["name"]] = WRONG if tag == "input" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None


def forms(html: str, address: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Where each form that is sent by POST goes, and what is sent filled in wrong: words everywhere, nothing chosen."""
    reader = _Reader()
    reader.feed(html)
    for form in reader.forms:
        where = form.action or address
        if where.partition("?")[0] not in NOT_SENT and where.startswith("/"):
            yield where, form.ways()
