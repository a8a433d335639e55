// Suggests units while somebody types a part of a name or code; the server knows them all, the page a few.

const WAIT = 200; // milliseconds without a key before it asks

function follow(field) {
  const list = field.list;
  let waiting, asking;

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const address = new URL(field.dataset.choices, location.href);
    address.searchParams.set("text", field.value);
    try {
      const answer = await fetch(address, { headers: { accept: "application/json" }, signal: asking.signal });
      if (!answer.ok || answer.redirected) return;
      const { units } = await answer.json();
      list.replaceChildren(...units.map((unit) => Object.assign(document.createElement("option"), { value: unit })));
    } catch {
      // No network, or another key since: what is suggested stays, and the server looks for what is sent.
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    const isChosen = [...list.options].some((option) => option.value === field.value);
    if (!isChosen) waiting = setTimeout(ask, WAIT);
  });
}

document.querySelectorAll("[data-choices]").forEach(follow);
