// Links that name a field, in the summary or in the address: the field is focused and stands in the middle of the page.
// Without scripts the browser scrolls to the field.
(function () {
  "use strict";
  function go(hash) {
    const field = document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!field || !field.matches("input, select, textarea")) return false;
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: "center" });
    return true;
  }

  document.querySelectorAll(".error-summary a[href^='#']").forEach(function (link) {
    link.addEventListener("click", function (event) {
      if (go(link.hash)) event.preventDefault();
    });
  });
  if (location.hash.length > 1) go(location.hash);
})();
