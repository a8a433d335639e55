// Names, for those who hear the page, of fields that Django's admin names for the eye only: in tables by the heading
// of their column, and where a record is looked for by the label above.

function headingOf(cell) {
  const heading = cell.closest("table").tHead?.rows[0]?.cells[cell.cellIndex];
  const row = cell.closest("tr").sectionRowIndex + 1;
  return heading ? `${heading.textContent.trim()} ${row}` : "";
}

function nameOf(field) {
  const label = field.labels?.[0]?.textContent.trim().replace(/[:：]$/, "");
  return label || field.getAttribute("aria-label") || "";
}

function nameFieldsOfTables() {
  for (const field of document.querySelectorAll(".tabular td :is(input:not([type=hidden]), select, textarea)")) {
    const cell = field.closest("td");
    if (!field.labels?.length && cell.closest("table").tHead) field.setAttribute("aria-label", headingOf(cell));
  }
}

function nameSearches() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const shown = select.parentElement.querySelector(":scope > .select2-container");
    const name = nameOf(select);
    if (!shown || !name) continue;
    for (const part of shown.querySelectorAll("[role=combobox], [role=textbox], input[type=search]")) {
      if (part.getAttribute("aria-label") === name) continue;
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", name);
    }
  }
  const typed = document.querySelector(".select2-dropdown input[type=search]");
  const asking = document.querySelector(".select2-container--open [role=combobox]");
  if (typed && asking) typed.setAttribute("aria-label", asking.getAttribute("aria-label") ?? "");
}

function nameAll() {
  nameFieldsOfTables();
  nameSearches();
}

// Rows are added and searches opened while the page stands.
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
nameAll();
