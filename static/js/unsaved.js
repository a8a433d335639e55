// Asks before leaving a letter whose texts are not saved: by a link, the language switch or closing the window.
(function () {
  "use strict";
  const form = document.querySelector("form.line-fields");
  if (!form) return;
  let unsaved = "unsaved" in form.dataset;
  form.addEventListener("input", function () { unsaved = true; });
  form.addEventListener("submit", function () { unsaved = false; });
  window.addEventListener("beforeunload", function (event) {
    if (!unsaved) return;
    event.preventDefault();
    event.returnValue = true; // what browsers before 2023 look at
  });
})();
