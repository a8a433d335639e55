// Office computers are shared: unsaved words kept in this window are thrown away on signing out, and as soon as a page
// shows that somebody else has signed in.

const KEPT = "typed:";
const person = document.body.dataset.person;

function forget(isTheirs) {
  try {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith(KEPT) && !isTheirs(key))
      .forEach((key) => sessionStorage.removeItem(key));
  } catch {
    // No storage, nothing kept.
  }
}

if (person) forget((key) => key.startsWith(`${KEPT}${person}:`));
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-signs-out]")) forget(() => false);
});
