// Lets countdowns go on while a page stays open. The server's clock counts: how far this machine's is off it is
// measured once, when the page comes, and midnight is the one in Shanghai that the server names.
const words = document.getElementById("countdown-words");
const found = [...document.querySelectorAll("[data-countdown]")];
const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const SOON = 3, URGENT = 1; // days, as in portal/templatetags/countdown.py

function sentence(one, many, count) {
  return (count === 1 ? words.dataset[one] : words.dataset[many]).replace("#", count);
}

function said(left) {
  const days = Math.ceil(left / DAY) - 1; // whole days between today and the due day
  if (days > 0) return [days, sentence("day", "days", days)];
  if (days < 0) return [days, sentence("late", "lates", -days)];
  const hours = Math.floor(left / HOUR);
  return [0, hours ? sentence("hour", "hours", hours) : words.dataset.last];
}

function show() {
  for (const place of found) {
    const [days, text] = said(Date.parse(place.dataset.countdown) - (Date.now() + offset));
    const level = days > SOON ? "calm" : days > URGENT ? "warn" : "bad";
    if (place.textContent !== text) place.textContent = text;
    place.className = `status status-${level} countdown`;
  }
}

const offset = found.length ? Date.parse(found[0].dataset.now) - Date.now() : 0;
if (words && found.length) setInterval(show, MINUTE / 2);
