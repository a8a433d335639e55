// Saves what is typed two seconds after the last key and on leaving a field, several lines in one request.
//
// A form takes part by data-autosave (the address); a line is the form itself or a part of it with data-line (the
// project's code), whose fields have names that begin with data-prefix. Its hidden fields `version` and `base` say what
// the window has been shown. Other files hear of it by events on the line: `autosave:typed`, `autosave:answered`
// (detail: what the server said of the line); and on the form: `autosave:done`, `autosave:failed` (detail: why).
// They may ask for a save at once (`autosave:now`), tell that a conflict is decided (`autosave:decided`) or that parts of
// a line stand otherwise by what they have sent themselves (`autosave:parts`; detail: the parts).

import { token } from "./csrf.js";
import { fields, isTouched, isTyped, named, put } from "./line_fields.js";

const PAUSE = 2000;
const AT_ONCE = 50; // lines in one request
const AGAIN = [5, 10, 20, 40, 60]; // seconds until the next try, where the portal can't be reached

const form = document.querySelector("form[data-autosave]");
if (form) start(form);

function start(form) {
  const dirty = new Set();
  const held = new Set(); // lines in conflict, until somebody has chosen
  const written = new WeakMap(); // part → what the server last made of it
  const waiting = new Map(); // parts of the page that can't be replaced while somebody types in them
  const words = form.dataset;
  const status = document.querySelector("[data-saved]");
  let timer = 0;
  let busy = null;
  let composing = false;
  let failures = 0;
  let signedOut = false;
  let leaving = false;
  let last = null;

  // The fields of a line, and what they say.

  function lineOf(element) {
    return element.closest("[data-line]");
  }

  function hidden(line, name) {
    return named(form, line, name);
  }

  function nameOf(element) {
    return element.name.slice(lineOf(element).dataset.prefix.length);
  }

  // A text that the server has read already stands for what it read, until it is changed.
  function textOf(element) {
    return element.dataset.typed !== undefined && element.dataset.typed === element.value
      ? element.dataset.read
      : element.value;
  }

  function texts(line) {
    return Object.fromEntries(fields(line).map((element) => [nameOf(element), textOf(element)]));
  }

  function base(line) {
    return JSON.parse(hidden(line, "base").value || "{}");
  }

  function isChanged(line) {
    const known = base(line);
    return Object.entries(texts(line)).some(([name, text]) => text !== (known[name] || ""));
  }

  // Saying how things stand.

  function say(text, state) {
    status.textContent = text;
    status.dataset.state = state;
  }

  function refuse(said) {
    // Somebody who is just pressing the link to sign in leaves the field, which tries once more: the link stays.
    if (signedOut && said.error === "signed_out" && status.contains(document.activeElement)) return;
    say(`${words.wordFailed} ${said.message}`, "failed");
    if (said.error === "signed_out") {
      signedOut = true;
      const link = document.createElement("a");
      link.href = `${said.sign_in}?next=${encodeURIComponent(here())}`;
      link.textContent = said.word;
      link.addEventListener("click", () => { leaving = true; });
      status.append(" ", link);
    }
    form.dispatchEvent(new CustomEvent("autosave:failed", { detail: said }));
  }

  function here() {
    return location.pathname + (last ? `#${last.id}` : "");
  }

  // Typing.

  function typed(event) {
    if (!isTyped(event.target)) return;
    const line = lineOf(event.target);
    last = event.target;
    const name = nameOf(event.target);
    if (name === "flow" || name === "year_to_date") line.dataset.hint = name;
    delete event.target.dataset.typed;
    if (isChanged(line)) dirty.add(line);
    else dirty.delete(line);
    line.dispatchEvent(new CustomEvent("autosave:typed", { bubbles: true }));
    if (dirty.size && !signedOut) say(words.wordTyping, "typing");
    wait(PAUSE);
  }

  function wait(time) {
    clearTimeout(timer);
    if (dirty.size) timer = setTimeout(() => (composing ? wait(PAUSE) : save()), time);
  }

  function left(event) {
    const element = event.target;
    if (element.dataset.typed !== undefined && element.dataset.typed === element.value) {
      element.value = element.dataset.read; // what it was understood as
      delete element.dataset.typed;
    }
    if (lineOf(element) && dirty.has(lineOf(element))) wait(0);
    setTimeout(replaceWaiting, 0);
  }

  // Sending.

  function ready() {
    return [...dirty].filter((line) => !held.has(line)).slice(0, AT_ONCE);
  }

  function save() {
    clearTimeout(timer);
    if (!busy && ready().length) busy = send(ready()).finally(() => { busy = null; });
    return busy || Promise.resolve(true);
  }

  // Everything that may be saved is saved, or has been refused.
  async function saveAll() {
    while (busy || ready().length) if (!(await save())) return false;
    return !held.size;
  }

  async function send(lines) {
    const sent = new Map(lines.map((line) => [line, texts(line)]));
    lines.forEach((line) => dirty.delete(line));
    if (!signedOut) say(words.wordSaving, "saving");
    let said;
    try {
      said = await post(sent);
    } catch {
      lines.forEach((line) => dirty.add(line));
      say(`${words.wordFailed} ${words.wordOffline}`, "failed");
      form.dispatchEvent(new CustomEvent("autosave:failed", { detail: {} }));
      wait(1000 * AGAIN[Math.min(failures, AGAIN.length - 1)]);
      failures += 1;
      return false;
    }
    failures = 0;
    if (said.error) {
      lines.forEach((line) => dirty.add(line));
      refuse(said);
      return false;
    }
    signedOut = false;
    sent.forEach((texts, line) => settle(line, texts, said));
    if (held.size) say(`${words.wordFailed} ${words.wordConflict}`, "failed");
    else say(said.message, dirty.size ? "typing" : "saved");
    form.dispatchEvent(new CustomEvent("autosave:done", { detail: said }));
    if (dirty.size) wait(PAUSE);
    return true;
  }

  async function post(sent, isSecond = false) {
    const lines = {};
    sent.forEach((texts, line) => {
      lines[line.dataset.line] = {
        version: Number(hidden(line, "version").value || 0),
        texts,
        base: base(line),
        hint: line.dataset.hint || "",
      };
    });
    const answer = await fetch(form.dataset.autosave, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token(form) },
      body: JSON.stringify({ person: Number(form.dataset.person), shape: form.dataset.shape, lines }),
    });
    const said = await answer.json();
    return said.error === "stale" && !isSecond ? post(sent, true) : said;
  }

  // What the server said.

  function settle(line, sent, said) {
    const about = said.lines[line.dataset.line];
    if (!about) {
      dirty.add(line);
      held.add(line);
      refuse({ error: "gone", message: said.gone[line.dataset.line] });
      return;
    }
    if (about.is_taken) {
      held.add(line);
      dirty.add(line);
      line.dataset.theirs = JSON.stringify(about.cells);
      line.dataset.theirVersion = about.version;
    } else {
      show(line, sent, about);
    }
    mark(line, about);
    line.dataset.status = about.status;
    Object.entries(about.parts).forEach(([name, html]) => replace(line, name, html, sent));
    line.dispatchEvent(new CustomEvent("autosave:answered", { bubbles: true, detail: about }));
  }

  function show(line, sent, about) {
    hidden(line, "version").value = about.version;
    hidden(line, "base").value = JSON.stringify(about.cells);
    ["flow", "year_to_date"].forEach((name) => {
      const shown = hidden(line, `shown_${name}`);
      if (shown) shown.value = about.cells[name];
    });
    fields(line).forEach((element) => {
      const text = about.cells[nameOf(element)];
      if (text === undefined || textOf(element) !== sent[nameOf(element)]) return; // typed on in the meantime
      if (element === document.activeElement && element.value !== text) {
        element.dataset.typed = element.value;
        element.dataset.read = text;
      } else {
        write(element, text);
      }
    });
    if (isChanged(line)) dirty.add(line);
  }

  function write(element, text) {
    if (element.value === text) return;
    put(element, text);
    if (element.tagName === "SELECT") element.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function mark(line, about) {
    fields(line).forEach((element) => {
      const level = about.marks[nameOf(element)] || "";
      const cell = element.closest(".grid-cell");
      if (cell) cell.dataset.mark = level;
      else element.classList.toggle("is-invalid", level === "error");
      if (level === "error") element.setAttribute("aria-invalid", "true");
      else element.removeAttribute("aria-invalid");
    });
    line.querySelectorAll("[data-source]").forEach((source) => {
      source.hidden = !about.sources[source.dataset.source];
    });
    line.querySelectorAll(".invalid-feedback").forEach((old) => old.remove()); // the parts say it now
  }

  // A part is replaced when nobody types in it; what was typed in it since it was sent stays.
  function replace(line, name, html, sent) {
    const scope = form.dataset.shape === "form" ? document : line;
    const part = scope.querySelector(`[data-part="${name}"]`);
    if (!part || written.get(part) === html) return;
    if (part.contains(document.activeElement)) {
      waiting.set(part, () => replace(line, name, html, sent));
      return;
    }
    waiting.delete(part);
    const typed = [...part.querySelectorAll("input, select, textarea")]
      .filter(isTyped)
      .filter((element) => textOf(element) !== (sent[nameOf(element)] || ""))
      .map((element) => [element.name, element.value]);
    part.innerHTML = html;
    written.set(part, html);
    typed.forEach(([name, text]) => {
      const element = form.elements.namedItem(name);
      if (element) element.value = text;
    });
  }

  function replaceWaiting() {
    [...waiting.values()].forEach((again) => again());
  }

  function decided(event) {
    const line = event.target;
    if (line.dataset.theirs) {
      hidden(line, "base").value = line.dataset.theirs;
      hidden(line, "version").value = line.dataset.theirVersion;
      delete line.dataset.theirs;
    }
    held.delete(line);
    dirty.add(line);
    save();
  }

  // Leaving.

  function submitted(event) {
    const button = event.submitter;
    if (leaving || event.defaultPrevented) return;
    const sends = button && button.name; // the plain button of the table only saves
    if (form.dataset.shape === "table" && !sends) {
      event.preventDefault();
      saveAll();
    } else if (busy || (form.dataset.shape === "table" && ready().length)) {
      event.preventDefault();
      saveAll().then((done) => {
        if (!done && !signedOut) return;
        leaving = true;
        form.requestSubmit(button);
      });
    } else {
      leaving = true;
    }
  }

  function followed(event) {
    const link = event.target.closest("[data-after-saving]");
    if (!link || !(busy || dirty.size)) return;
    event.preventDefault();
    saveAll().then((done) => { if (done) location.assign(link.href); });
  }

  form.addEventListener("input", typed);
  form.addEventListener("focusin", (event) => { if (lineOf(event.target)) last = event.target; });
  form.addEventListener("focusout", left);
  form.addEventListener("compositionstart", () => { composing = true; });
  form.addEventListener("compositionend", () => { composing = false; });
  form.addEventListener("autosave:now", () => wait(0));
  form.addEventListener("autosave:decided", decided);
  form.addEventListener("autosave:parts", ({ target, detail }) => {
    Object.entries(detail).forEach(([name, html]) => replace(target, name, html, base(target)));
  });
  form.addEventListener("submit", submitted);
  document.addEventListener("click", followed);
  // Somebody may have signed in again in another window, or the network may be back.
  window.addEventListener("focus", () => { if (dirty.size) wait(0); });
  window.addEventListener("online", () => wait(0));
  window.addEventListener("beforeunload", (event) => {
    if (leaving || !(dirty.size || busy)) return;
    event.preventDefault();
    event.returnValue = true; // what browsers before 2023 look at
  });

  // A page may come with words that are not saved: kept over a sign-in, or refused.
  const lines = form.matches("[data-line]") ? [form] : [...form.querySelectorAll("[data-line]")];
  lines.forEach((line) => {
    if (line.querySelector("[data-taken]")) held.add(line);
    if (isChanged(line)) dirty.add(line);
  });
  // On an old computer one has begun to type before the scripts are there; all of them hear of it once they are.
  const touched = lines.flatMap(fields).filter(isTouched);
  document.addEventListener("DOMContentLoaded", () => {
    touched.forEach((element) => element.dispatchEvent(new Event("input", { bubbles: true })));
  });
}
