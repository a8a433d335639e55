// Single keys for who reviews: in the queue and on the page of a report. The list of them is a dialog, which its button
// opens as well. They do nothing while one types, with Ctrl, Alt or ⌘, while the dialog is open, or once turned off.
//
// What a key reaches carries its name in data-key: a link is followed, a button pressed, a field gets the focus.

const dialog = document.querySelector("#review-keys");
const AFTER_G = 1500; // milliseconds in which q counts as part of "g q"

if (dialog) start();

function start() {
  const rows = [...document.querySelectorAll("#result_list tbody tr")];
  let gAt = 0;

  document.querySelectorAll("[data-opens-keys]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  });

  // Without this the button would send the form where a browser doesn't know the method "dialog" of a button.
  dialog.querySelector("[formmethod=dialog]").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });

  if (dialog.dataset.usesKeys === "on") document.addEventListener("keydown", pressed);

  function pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    if (dialog.open || event.defaultPrevented || isTyping(event.target)) return;
    const done = act(event.key);
    if (done) event.preventDefault();
  }

  function isTyping(element) {
    return element.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])");
  }

  function act(key) {
    if (key === "g") {
      gAt = Date.now();
      return true;
    }
    const afterG = Date.now() - gAt < AFTER_G;
    gAt = 0;
    if (key === "?") dialog.showModal();
    else if (key === "q") return afterG && reach("q");
    else if (key === "r") return reach("r");
    else if (key === "a") return reach("a");
    else if (key === "/") return reach("/");
    else if (key === "j" || key === "n") return rows.length ? step(1) : reach(key);
    else if (key === "k" || key === "p") return rows.length ? step(-1) : reach(key);
    else return false;
    return true;
  }

  function find(key) {
    const named = document.querySelector(`[data-key~="${key}"]`);
    if (named) return named;
    if (key === "r") return document.querySelector("#id_remark");
    if (key === "/") return document.querySelector("#searchbar");
    return null;
  }

  function reach(key) {
    const found = find(key);
    if (!found) say(dialog.dataset.wordNothing);
    else if (found.matches("a, button")) found.click();
    else found.focus();
    return true;
  }

  // In the queue the focus goes from report to report; Enter opens it.
  function step(by) {
    const here = rows.indexOf(document.activeElement.closest("#result_list tbody tr"));
    const row = rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : here + by];
    const link = row && row.querySelector("th a, td a");
    if (link) link.focus();
    else say(dialog.dataset.wordNothing);
    return true;
  }

  function say(text) {
    const place = document.querySelector("[data-keys-said]");
    place.textContent = "";
    setTimeout(() => { place.textContent = text; }, 50);
  }
}
