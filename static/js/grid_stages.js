// A start or a finish that doesn't belong to the stage is shaded and passed over; the server leaves it out in any case.

const STARTED = ["newly_started", "continuing", "completed", "suspended"];
const form = document.querySelector("form[data-grid]");

function fit(line) {
  const field = (name) => form.elements.namedItem(line.dataset.prefix + name);
  const stage = field("stage").value;
  const known = [...STARTED, "reserve", "preparatory"].includes(stage);
  const idle = { started_on: known && !STARTED.includes(stage), finished_on: known && stage !== "completed" };
  Object.entries(idle).forEach(([name, isIdle]) => {
    const day = field(name);
    day.readOnly = isIdle && day.value === "";
    day.closest(".grid-cell").classList.toggle("is-idle", day.readOnly);
  });
}

if (form) {
  form.querySelectorAll("[data-line]").forEach(fit);
  ["input", "change", "autosave:answered"].forEach((name) => form.addEventListener(name, (event) => {
    const line = event.target.closest("[data-line]");
    if (line) fit(line);
  }));
}
