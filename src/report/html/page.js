"use strict";
// Reads the page again and puts in what changed. What is open, focused or scrolled to stays so.
(() => {
  const EVERY = 10000;
  const stale = document.getElementById("stale");
  let answered = Date.now();
  let under_way = false;

  const focusables = (part) => [...part.querySelectorAll("a[href], summary")];

  function put(part) {
    const here = document.getElementById(part.id);
    if (!here) return;
    for (const details of part.querySelectorAll("details[id]")) {
      const before = document.getElementById(details.id);
      if (before) details.open = before.open;
    }
    if (here.innerHTML === part.innerHTML) return;
    const focused = focusables(here).indexOf(document.activeElement);
    here.replaceChildren(...part.childNodes);
    if (focused >= 0) focusables(here)[focused]?.focus({ preventScroll: true });
  }

  async function again() {
    const selection = document.getSelection();
    if (document.hidden || under_way || (selection && !selection.isCollapsed)) return;
    under_way = true;
    try {
      const answer = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(EVERY) });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.title = page.title;
      page.querySelectorAll("[data-part]").forEach(put);
      answered = Date.now();
      stale.hidden = true;
    } catch {
      const seconds = Math.round((Date.now() - answered) / 1000);
      stale.textContent = `The agent has not answered for ${seconds} s: this is what it said last. Is it running?`;
      stale.hidden = false;
    } finally {
      under_way = false;
    }
  }

  setInterval(again, EVERY);
  document.addEventListener("visibilitychange", again);
})();
