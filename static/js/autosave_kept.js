// A safety net: what is typed and not saved yet stays in this window (session storage) and comes back with the page.
// It is kept under the person's number and let go of as soon as it is saved; signed_in.js lets go of it on signing out
// and when somebody else signs in at a shared computer.

import { fields, isTouched, named, put } from "./line_fields.js";

const form = document.querySelector("form[data-autosave]");
if (form) start(form);

function start(form) {
  const key = `typed:${form.dataset.person}:${location.pathname}`;
  const lines = form.matches("[data-line]") ? [form] : [...form.querySelectorAll("[data-line]")];
  const changed = new Set();
  let timer = 0;

  function hidden(line, name) {
    return named(form, line, name);
  }

  function stored() {
    try {
      return JSON.parse(sessionStorage.getItem(key)) || {};
    } catch {
      return {};
    }
  }

  function store(kept) {
    try {
      if (Object.keys(kept).length) sessionStorage.setItem(key, JSON.stringify(kept));
      else sessionStorage.removeItem(key);
    } catch {
      // A full or forbidden storage: the page itself still holds the text.
    }
  }

  function keep() {
    const kept = stored();
    changed.forEach((line) => {
      const known = JSON.parse(hidden(line, "base").value || "{}");
      const texts = Object.fromEntries(
        fields(line)
          .map((element) => [element.name, element.value])
          .filter(([name, text]) => text !== (known[name.slice(line.dataset.prefix.length)] || "")),
      );
      const about = { version: hidden(line, "version").value, base: hidden(line, "base").value, texts };
      if (Object.keys(texts).length) kept[line.dataset.line] = about;
      else delete kept[line.dataset.line];
    });
    changed.clear();
    store(kept);
  }

  function bringBack(line, about) {
    hidden(line, "version").value = about.version;
    hidden(line, "base").value = about.base;
    const known = JSON.parse(about.base || "{}");
    fields(line).filter((element) => !isTouched(element)).forEach((element) => {
      const name = element.name.slice(line.dataset.prefix.length);
      put(element, about.texts[element.name] ?? known[name] ?? "");
    });
    const first = fields(line)[0];
    if (first) first.dispatchEvent(new Event("input", { bubbles: true }));
  }

  form.addEventListener("autosave:typed", (event) => {
    changed.add(event.target);
    clearTimeout(timer);
    timer = setTimeout(keep, 200);
  });
  form.addEventListener("autosave:answered", (event) => {
    changed.add(event.target);
    clearTimeout(timer);
    timer = setTimeout(keep, 0);
  });
  window.addEventListener("pagehide", keep);

  const kept = stored();
  const found = lines.filter((line) => kept[line.dataset.line]);
  found.forEach((line) => bringBack(line, kept[line.dataset.line]));
  if (found.length) {
    const status = document.querySelector("[data-saved]");
    status.textContent = form.dataset.wordRestored;
    const field = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (field) field.focus();
    form.dispatchEvent(new CustomEvent("autosave:now"));
  }
}
