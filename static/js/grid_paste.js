// A block copied in a spreadsheet and pasted into a cell fills the cells to its right and below. The texts go in as they
// are: the server reads them and the cells then show what it understood. Ctrl+Z takes the last block back.

const form = document.querySelector("form[data-grid]");
const FIELD = "input[type=text], select, textarea";
if (form) start(form);

// Rows of cells; Excel quotes a cell that holds a line break, and doubles the quotation marks in it.
function rowsOf(text) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const row = rows[rows.length - 1];
    const sign = text[at];
    if (quoted) {
      if (sign !== '"') row[row.length - 1] += sign;
      else if (text[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; }
      else quoted = false;
    } else if (sign === '"' && row[row.length - 1] === "") {
      quoted = true;
    } else if (sign === "\t") {
      row.push("");
    } else if (sign === "\n") {
      rows.push([""]);
    } else if (sign !== "\r") {
      row[row.length - 1] += sign;
    }
  }
  if (rows.length > 1 && rows[rows.length - 1].join("") === "") rows.pop();
  return rows;
}

function start(form) {
  let last = [];

  function isBlock(clipboard, text, field) {
    if (text.includes("\t")) return true;
    if (!/\n./s.test(text)) return false;
    return field.tagName !== "TEXTAREA" || clipboard.getData("text/html").includes("<table");
  }

  function write(field, text) {
    if (field.tagName === "SELECT") {
      const known = [...field.options].find((option) => [option.value, option.text].includes(text.trim()));
      if (!known) field.add(new Option(text.trim(), text.trim()));
      field.value = known ? known.value : text.trim();
    } else {
      field.value = field.tagName === "TEXTAREA" ? text : text.trim();
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function fill(field, rows) {
    const cells = [...form.querySelectorAll(".grid-line")];
    const top = cells.indexOf(field.closest(".grid-line"));
    const first = field.closest(".grid-cell").cellIndex;
    let left = 0;
    last = [];
    rows.forEach((row, down) => {
      const line = cells[top + down];
      row.forEach((text, right) => {
        const cell = line && line.rows[0].cells[first + right];
        const target = cell && cell.querySelector(FIELD);
        if (!target || !target.closest(".grid-cell")) {
          if (text.trim()) left += 1;
          return;
        }
        last.push([target, target.value]);
        write(target, text);
      });
    });
    return left;
  }

  function say(text) {
    const note = document.querySelector("[data-note]");
    if (note) note.textContent = text;
  }

  form.addEventListener("paste", (event) => {
    const field = event.target.closest && event.target.closest(".grid-cell") ? event.target : null;
    if (!field || !field.matches(FIELD)) return;
    const text = event.clipboardData.getData("text/plain");
    if (!isBlock(event.clipboardData, text, field)) return;
    event.preventDefault();
    const left = fill(field, rowsOf(text));
    const words = form.dataset;
    say(`${words.wordPasted} ${last.length}. ${left ? `${words.wordLeft} ${left}.` : ""}`);
    form.dispatchEvent(new CustomEvent("autosave:now"));
  });

  form.addEventListener("keydown", (event) => {
    if (!last.length || event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    last.forEach(([field, text]) => write(field, text));
    last = [];
    say("");
    form.dispatchEvent(new CustomEvent("autosave:now"));
  });
  form.addEventListener("input", (event) => { if (event.isTrusted) last = []; }); // typed since: Ctrl+Z is the browser's
}
