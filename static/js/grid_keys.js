// The table by keyboard: arrows and Enter move between cells, typing replaces, F2 edits within, Escape undoes a cell.
// Tab is the browser's own. While an input method composes a word, its keys are left alone.

const form = document.querySelector("form[data-grid]");
if (form) start(form);

function start(form) {
  let before = null; // what the cell said when it was entered; null where that was before this script was there
  let editing = null; // the cell in which the arrows move the caret
  let pressed = null;

  function cellOf(element) {
    return element.closest(".grid-cell");
  }

  function fieldIn(cell) {
    return cell && cell.querySelector("input[type=text], select, textarea");
  }

  function next(line, step) {
    let other = line;
    do {
      other = step > 0 ? other.nextElementSibling : other.previousElementSibling;
    } while (other && !other.matches(".grid-line"));
    return other;
  }

  function enter(field) {
    if (!field) return;
    field.focus();
    if (field.select) field.select();
  }

  function move(field, down, right) {
    const cell = cellOf(field);
    let index = cell.cellIndex;
    let line = field.closest(".grid-line");
    if (down) line = next(line, down);
    if (!line) return;
    index += right;
    enter(fieldIn(line.rows[0].cells[index]));
  }

  function edit(field) {
    editing = field;
    if (field.tagName === "SELECT") {
      if (field.showPicker) field.showPicker();
    } else {
      field.setSelectionRange(field.value.length, field.value.length);
    }
  }

  function undo(field) {
    editing = null;
    if (before === null || field.value === before) return;
    field.value = before;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (field.select) field.select();
  }

  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  function keyed(event) {
    const field = event.target;
    if (event.isComposing || event.keyCode === 229 || !cellOf(field)) return;
    if (event.key === "F2") {
      edit(field);
    } else if (event.key === "Escape") {
      undo(field);
    } else if (event.key === "Enter") {
      if (event.altKey && field.tagName === "TEXTAREA") field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
      else move(field, event.shiftKey ? -1 : 1, 0);
    } else if (MOVES[event.key] && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if (editing === field) return;
      move(field, ...MOVES[event.key]);
    } else {
      return;
    }
    event.preventDefault();
  }

  form.addEventListener("keydown", keyed);
  form.addEventListener("focusin", (event) => {
    if (!cellOf(event.target)) return;
    before = event.target.value;
    editing = null;
  });
  // In a text that has been begun the arrows belong to the text.
  form.addEventListener("input", (event) => {
    if (event.target.tagName === "TEXTAREA" && event.isTrusted) editing = event.target;
  });
  form.addEventListener("mousedown", (event) => {
    pressed = event.target === document.activeElement ? null : event.target;
  });
  form.addEventListener("click", (event) => {
    if (event.target.matches(".grid-cell")) enter(fieldIn(event.target)); // below its text
    const field = event.target;
    if (!cellOf(field) || !field.matches("input, textarea")) return;
    if (pressed === field && field.select) field.select();
    else editing = field;
  });
}
