// The form of a line: computes the amount that isn't typed, and hides dates that don't apply to the stage.
// The server decides both anew on saving; without scripts the form works the same.
(function () {
  "use strict";
  const form = document.querySelector("form.line-fields");
  if (!form) return;
  const flow = form.elements.namedItem("flow");
  const yearToDate = form.elements.namedItem("year_to_date");
  const hint = form.elements.namedItem("hint");
  const stage = form.elements.namedItem("stage");
  const earlier = form.dataset.earlier === "" ? null : Math.round(Number(form.dataset.earlier) * 100);

  // Hundredths of 万元, so that no sum is off by a binary fraction; null where the server has to read the text.
  function read(text) {
    const plain = text.normalize("NFKC").replace(/。/g, ".").trim();
    const found = /^(\d{1,3}(?:[ ,]\d{3})+|\d+)(\.\d+)?\s*(亿元|亿|万元|万)?$/.exec(plain);
    if (!found) return null;
    const scale = found[3] && found[3][0] === "亿" ? 10000 : 1;
    const hundredths = Number(found[1].replace(/[ ,]/g, "") + (found[2] || "")) * 100 * scale;
    const whole = Math.round(hundredths);
    return whole <= Number.MAX_SAFE_INTEGER && Math.abs(whole - hundredths) < 1e-3 ? whole : null;
  }

  function write(field, hundredths) {
    field.value = String(hundredths / 100);
  }

  function typed(source, target, sign) {
    hint.value = source.name;
    if (source.value.trim() === "") {
      target.value = "";
    } else if (earlier !== null) {
      const amount = read(source.value);
      const other = amount === null ? null : amount + sign * earlier;
      if (other !== null && other >= 0) write(target, other);
      else target.value = "";
    }
  }

  function fit() {
    document.querySelectorAll("[data-stages]").forEach(function (part) {
      part.hidden = !part.dataset.stages.split(" ").includes(stage.value);
    });
  }

  flow.addEventListener("input", function () { typed(flow, yearToDate, 1); });
  yearToDate.addEventListener("input", function () { typed(yearToDate, flow, -1); });
  stage.addEventListener("change", fit);
  fit();
})();
