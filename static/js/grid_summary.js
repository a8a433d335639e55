// The summary above the table names what still stands in the way; its links go to the cells.

const NAMED = 20;
const form = document.querySelector("form[data-grid]");
const summary = document.querySelector("[data-summary]");
if (form && summary) {
  form.addEventListener("autosave:done", () => setTimeout(summarize, 0));
  document.addEventListener("click", go);
}

function summarize() {
  const open = [...form.querySelectorAll("[data-open]")];
  summary.querySelector("[data-summary-count]").textContent = open.length;
  summary.querySelector("[data-summary-more]").hidden = open.length <= NAMED;
  summary.querySelector("[data-summary-list]").replaceChildren(...open.slice(0, NAMED).map(entry));
}

function entry(said) {
  const name = said.closest("[data-line]").querySelector("th a").textContent.trim();
  const found = said.querySelector("a");
  const link = document.createElement("a");
  link.href = found.hash;
  link.textContent = `${name} · ${found.textContent.trim()}`;
  const item = document.createElement("li");
  item.className = said.className;
  item.append(link);
  return item;
}

// Links that name a cell lead into it, clear of the head and the frozen columns.
function go(event) {
  const link = event.target.closest("a[href^='#']");
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field || !form.contains(field) || !field.matches("input, select, textarea")) return;
  event.preventDefault();
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center", inline: "nearest" });
  if (field.select) field.select();
}
