// A line that somebody else has saved in the meantime: one chooses by cell whose text is to stay, then it is saved.
// Without scripts the same choice is posted with the form.

import { named, put } from "./line_fields.js";

const form = document.querySelector("form[data-autosave]");
if (form) form.addEventListener("click", decide);

function decide(event) {
  const button = event.target.closest("[data-decide]");
  if (!button) return;
  event.preventDefault();
  const line = button.closest("[data-line]");
  const panel = button.closest("[data-taken]");
  const prefix = line.dataset.prefix;
  const asked = named(form, line, "asked").value.split(" ").filter(Boolean);
  const chosen = new Map(asked.map((name) => [name, panel.querySelector(`[name="${prefix}choice_${name}"]:checked`)]));
  const undecided = asked.find((name) => !chosen.get(name));
  panel.querySelector("[data-undecided]").hidden = !undecided;
  if (undecided) {
    panel.querySelector(`[name="${prefix}choice_${undecided}"]`).focus();
    return;
  }
  const base = JSON.parse(named(form, line, "base").value || "{}");
  const theirs = JSON.parse(line.dataset.theirs || named(form, line, "base").value);
  const names = Object.keys(theirs).filter((name) => named(form, line, name));
  // What was typed in this line after it had been sent: the choice didn't offer it.
  const since = names.filter((name) => {
    const text = named(form, line, name).value;
    return line.dataset.theirs && !chosen.has(name) && text !== (base[name] || "") && text !== theirs[name];
  });
  if (since.some((name) => theirs[name] !== (base[name] || ""))) {
    delete line.dataset.theirs; // to be sent as it is now, and asked about anew
  } else {
    names
      .filter((name) => !since.includes(name) && !(chosen.has(name) && chosen.get(name).value === "mine"))
      .forEach((name) => put(named(form, line, name), theirs[name]));
  }
  const first = named(form, line, asked[0] || "flow");
  if (first) first.focus();
  (panel.closest(".refused") || panel).remove();
  line.dispatchEvent(new CustomEvent("autosave:decided", { bubbles: true }));
}
