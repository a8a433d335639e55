// The last row of the table and the count of complete lines follow what the server has read.

const form = document.querySelector("form[data-grid]");
if (form) form.addEventListener("autosave:done", () => total(form));

// Hundredths of 万元, exactly; null where there is no figure.
function read(text) {
  const found = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text || "");
  return found ? BigInt(found[1]) * 100n + BigInt((found[2] || "").padEnd(2, "0")) : null;
}

function written(sum) {
  const whole = String(sum / 100n).replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = String(sum % 100n).padStart(2, "0").replace(/0+$/, "");
  return rest ? `${whole}.${rest}` : whole;
}

function total(form) {
  const lines = [...form.querySelectorAll("[data-line]")];
  const shown = lines.map((line) => JSON.parse(form.elements.namedItem(`${line.dataset.prefix}base`).value));
  const known = ["flow", "year_to_date"].map((name) => {
    const figures = shown.map((texts) => read(texts[name])).filter((figure) => figure !== null);
    const cell = form.querySelector(`[data-total=${name}]`);
    cell.textContent = figures.length ? written(figures.reduce((sum, figure) => sum + figure, 0n)) : "—";
    return figures.length;
  });
  count(form.querySelector("[data-total=known]"), Math.min(...known), lines.length);
  const complete = lines.filter((line) => line.dataset.status === "complete").length;
  count(document.querySelector("[data-complete]"), complete, lines.length);
}

// The words come with the page, in its language: “{n} of {m} projects …, {left} left”.
function count(element, number, all) {
  element.textContent = element.dataset.words
    .replace("{n}", number)
    .replace("{m}", all)
    .replace("{left}", all - number);
}
