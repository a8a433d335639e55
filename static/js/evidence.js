// Sends the photos and documents of a line one by one as soon as they are chosen, and shows how far each is.
//
// Without it the same fields go with the form. The part with data-evidence (the address) lies in the form of the line;
// the words come by data-word-…. Removing, putting back and what is said about a photo go to the same address at once.

import { token } from "./csrf.js";
import { isTouched } from "./line_fields.js";

const part = document.querySelector("fieldset[data-evidence]");
if (part && part.querySelector("[data-evidence-new]")) start(part, part.closest("form"));

function start(part, form) {
  const words = part.dataset;
  const list = part.querySelector("[data-evidence-list]");
  const sending = part.querySelector("[data-evidence-sending]");
  const said = part.querySelector("[data-evidence-said]");
  const refused = part.querySelector("[data-evidence-refused]");
  const purpose = part.querySelector("[name=evidence_purpose]");
  const queue = [];
  let busy = false;
  let pressed = null; // the button that waits until everything is sent

  part.classList.add("sends-at-once");

  // Words.

  function paragraph(text) {
    const words = document.createElement("p");
    words.textContent = text;
    return words;
  }

  function say(text) {
    said.replaceChildren(paragraph(text));
  }

  function refuse(text) {
    refused.append(paragraph(text));
  }

  // Sending. Gives what the portal said; null where it could not be asked or didn't answer in its own words.

  function post(fields, progress) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      const body = new FormData();
      fields.forEach(([name, value]) => body.append(name, value));
      request.open("POST", words.evidence);
      request.setRequestHeader("X-CSRFToken", token(form));
      if (progress) {
        request.upload.addEventListener("progress", (event) => {
          if (event.lengthComputable) progress(event.loaded / event.total);
        });
      }
      request.addEventListener("load", () => {
        try {
          done(JSON.parse(request.responseText));
        } catch {
          done({ refused: [], unread: true });
        }
      });
      ["error", "abort", "timeout"].forEach((name) => request.addEventListener(name, () => done(null)));
      request.send(body);
    });
  }

  function show(answer) {
    (answer.refused || []).forEach(refuse);
    if (answer.message) refuse(answer.message);
    if (answer.list !== undefined) {
      const typed = typedFields();
      list.innerHTML = answer.list;
      typed.forEach(([name, value]) => {
        const field = form.elements.namedItem(name);
        if (field) field.value = value;
      });
      const full = list.querySelector("[data-evidence-full]") !== null;
      part.querySelector("[data-evidence-new]").hidden = full;
    }
    if (answer.parts) form.dispatchEvent(new CustomEvent("autosave:parts", { detail: answer.parts, bubbles: true }));
  }

  // A caption that is being typed while another file arrives.
  function typedFields() {
    return [...list.querySelectorAll("input, select")].map((field) => [field.name, field.value]);
  }

  // Files.

  function chosen(event) {
    refused.replaceChildren();
    [...event.target.files].forEach((file) => {
      if (file.size > Number(words.largest)) {
        const size = (file.size / 1024 / 1024).toFixed(1);
        refuse(words.wordLarge.replace("{file}", file.name).replace("{size}", size));
      } else {
        queue.push({ file, row: row(file), purpose: purpose.value });
      }
    });
    event.target.value = ""; // or the form would send them a second time
    sendNext();
  }

  function row(file) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = `${file.name} ${words.wordSending}`;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    item.append(name, bar);
    sending.append(item);
    return item;
  }

  async function sendNext() {
    if (busy || !queue.length) return;
    busy = true;
    const { file, row, purpose } = queue.shift();
    const answer = await post([["evidence_purpose", purpose], ["evidence", file]], (share) => {
      row.querySelector("progress").value = share;
      if (share === 1) row.querySelector("span").textContent = `${file.name} ${words.wordMaking}`;
    });
    busy = false;
    if (answer === null) {
      keep(file, row, purpose);
    } else {
      row.remove();
      if (answer.unread) refuse(`${file.name} ${words.wordReload}`);
      show(answer);
      if (answer.said && answer.said.length) say(queue.length ? `${file.name}: ${answer.said.join(" ")}` : `${answer.said.join(" ")} ${words.wordSent}`);
    }
    if (queue.length) sendNext();
    else goOn();
  }

  // The network is gone: the file stays in the page until it is sent again or left out.
  function keep(file, row, purpose) {
    const name = document.createElement("span");
    name.className = "is-failed";
    name.textContent = `${file.name} ${words.wordFailed}`;
    row.replaceChildren(name, button(words.wordAgain, () => {
      row.remove();
      queue.push({ file, row: fresh(file), purpose });
      sendNext();
    }), button(words.wordLeave, () => row.remove()));
  }

  function fresh(file) {
    return row(file);
  }

  function button(text, step) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-sm btn-outline-secondary";
    made.textContent = text;
    made.addEventListener("click", step);
    return made;
  }

  // Removing, putting back, describing.

  async function clicked(event) {
    const button = event.target.closest("[name=evidence_remove], [name=evidence_put_back]");
    if (!button) return;
    event.preventDefault();
    refused.replaceChildren();
    button.disabled = true;
    const answer = await post([[button.name, button.value]]);
    if (answer === null || answer.unread) {
      button.disabled = false;
      refuse(answer === null ? words.wordFailed : words.wordReload);
      return;
    }
    show(answer);
    say((answer.said || []).join(" "));
    const next = list.querySelector("button") || part.querySelector("#id_evidence_files");
    if (next) next.focus();
  }

  async function described(event) {
    const found = /^evidence_(?:caption|purpose)_(.+)$/.exec(event.target.name || "");
    if (!found) return;
    const fields = ["evidence_caption_", "evidence_purpose_"].map((name) => name + found[1]);
    const answer = await post(fields.map((name) => [name, form.elements.namedItem(name).value]));
    if (answer && !answer.unread) (answer.refused || []).forEach(refuse); // what fails is saved with the form
  }

  // Leaving.

  function submitted(event) {
    if (!busy && !queue.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    pressed = event.submitter;
    say(words.wordWait);
  }

  function goOn() {
    if (!pressed) return;
    const button = pressed;
    pressed = null;
    if (!refused.childElementCount && !sending.childElementCount) form.requestSubmit(button);
  }

  const inputs = [...part.querySelectorAll("input[type=file]")];
  inputs.forEach((input) => input.addEventListener("change", chosen));
  list.addEventListener("click", clicked);
  list.addEventListener("change", described);
  form.addEventListener("submit", submitted, { capture: true });
  // On an old computer files have been chosen, and captions typed, before this is there.
  inputs.filter((input) => input.files.length).forEach((input) => chosen({ target: input }));
  [...list.querySelectorAll("input, select")].filter(isTouched).forEach((field) => described({ target: field }));
  window.addEventListener("beforeunload", (event) => {
    if (!busy && !queue.length && !sending.childElementCount) return;
    event.preventDefault();
    event.returnValue = true; // what browsers before 2023 look at
  });
}
