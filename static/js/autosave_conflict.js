// A line that somebody else has saved in the meantime: one chooses by cell whose text is to stay, then it is saved.
// Without scripts the same choice is posted with the form.

const form = document.querySelector("form[data-autosave]");
if (form) form.addEventListener("click", decide);

function decide(event) {
  const button = event.target.closest("[data-decide]");
  if (!button) return;
  event.preventDefault();
  const line = button.closest("[data-line]");
  const panel = button.closest("[data-taken]");
  const prefix = line.dataset.prefix;
  const asked = form.elements.namedItem(`${prefix}asked`).value.split(" ").filter(Boolean);
  const chosen = new Map(asked.map((name) => [name, panel.querySelector(`[name="${prefix}choice_${name}"]:checked`)]));
  const undecided = asked.find((name) => !chosen.get(name));
  panel.querySelector("[data-undecided]").hidden = !undecided;
  if (undecided) {
    panel.querySelector(`[name="${prefix}choice_${undecided}"]`).focus();
    return;
  }
  const theirs = JSON.parse(line.dataset.theirs || form.elements.namedItem(`${prefix}base`).value);
  Object.entries(theirs).forEach(([name, text]) => {
    const field = form.elements.namedItem(prefix + name);
    if (field && !(chosen.has(name) && chosen.get(name).value === "mine")) write(field, text);
  });
  const first = form.elements.namedItem(prefix + (asked[0] || "flow"));
  if (first) first.focus();
  (panel.closest(".refused") || panel).remove();
  line.dispatchEvent(new CustomEvent("autosave:decided", { bubbles: true }));
}

function write(field, text) {
  if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === text)) {
    field.add(new Option(text, text));
  }
  field.value = text;
}
