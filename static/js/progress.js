// How far a worker is, asked for every other second; once it is done the page shows what came of it.

const EVERY = 1500;
const panel = document.querySelector("[data-progress]");

async function look() {
  try {
    const answer = await fetch(panel.dataset.progress, { headers: { accept: "application/json" } });
    if (answer.redirected || !answer.ok) return location.reload();
    const { busy, done, rows, words } = await answer.json();
    if (!busy) return location.reload();
    const bar = panel.querySelector("progress");
    bar.max = rows || 1;
    bar.value = done;
    const said = panel.querySelector("[data-progress-words]");
    if (said.textContent !== words) said.textContent = words;
  } catch {
    // No network for a moment: the work goes on, and so do the questions.
  }
  setTimeout(look, EVERY);
}

if (panel) setTimeout(look, EVERY);
