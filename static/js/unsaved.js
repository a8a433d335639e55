// Asks before leaving a form whose words are not saved: by a link, a key, the language switch or closing the window.
// A form takes part by data-asks; data-unsaved says that it came with words that aren't saved, such as refused ones.

import { isTouched } from "./line_fields.js";

document.querySelectorAll("form[data-asks]").forEach((form) => {
  // On an old computer one has begun to type before this is there.
  const fields = [...form.elements].filter((each) => each.matches("input, select, textarea"));
  let unsaved = "unsaved" in form.dataset || fields.some(isTouched);
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!unsaved) return;
    event.preventDefault();
    event.returnValue = true; // what browsers before 2023 look at
  });
});
