"""The forms of a page, and what a person sends who gets every field of one wrong."""

from collections.abc import Iterator
from html.parser import HTMLParser

WRONG = "about twenty?"
# They do something whatever is sent.
NOT_SENT = ("/language/", "/accounts/logout/")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.outside: list[tuple[str, str, str]] = []  # fields that name their form
        self.ids: dict[str, dict[str, str]] = {}
        self.open: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = {}
            if said.get("method", "").lower() == "post":
                self.forms.append((said.get("action", ""), self.open))
            self.ids[said.get("id", "")] = self.open
        elif tag in {"input", "textarea", "select", "button"} and said.get("name"):
            self._field(tag, said)

    def _field(self, tag: str, said: dict[str, str]) -> None:
        form = self.ids.get(said["form"]) if "form" in said else self.open
        kind = said.get("type", "submit" if tag == "button" else "text")
        if form is None or kind in {"checkbox", "radio", "file"}:
            return
        if kind == "submit":
            form.setdefault(said["name"], said.get("value", ""))  # the first button
        elif kind == "hidden" or said["name"] == "version":
            form[said["name"]] = said.get("value", "")
        else:
            form[said["name"]] = WRONG if tag == "input" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None


def forms(html: str, address: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Where each form that is sent by POST goes, and its fields filled in wrong: words everywhere, nothing chosen."""
    reader = _Reader()
    reader.feed(html)
    for action, fields in reader.forms:
        where = action or address
        if where.partition("?")[0] not in NOT_SENT and where.startswith("/"):
            yield where, {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}
