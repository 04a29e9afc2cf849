"use strict";
// Keeps the newest requests new. Without this script the page shows them as they were when it was loaded.

const EVERY_MS = 1000;
const log = document.querySelector("[data-live]");
const state = document.querySelector("[data-live-state]");

const pause = document.createElement("button");
pause.type = "button";
pause.textContent = "Pause";
let paused = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.textContent = paused ? "Go on" : "Pause";
  show(paused ? "paused" : "live");
});

function show(word) {
  state.textContent = word;
  state.dataset.liveState = word;
}

function numbers(rows) {
  return rows.map((row) => row.dataset.number).join();
}

function replaceRows(html) {
  const parsed = document.createElement("template");
  parsed.innerHTML = html;
  const before = [...log.children];
  const after = [...parsed.content.children];
  if (numbers(before) === numbers(after)) return;
  // A row that stays is the same element, so that only new ones light up.
  const kept = new Map(before.map((row) => [row.dataset.number, row]));
  const rows = after.map((row) => kept.get(row.dataset.number) ?? row);
  rows.filter((row) => !kept.has(row.dataset.number)).forEach((row) => row.classList.add("new"));
  log.replaceChildren(...rows);
}

async function refresh() {
  if (!paused && !document.hidden) {
    try {
      const answer = await fetch(log.dataset.live);
      if (!answer.ok) throw new Error(String(answer.status));
      const html = await answer.text();
      if (!paused) {
        replaceRows(html);
        show("live");
      }
    } catch {
      show("the sandbox does not answer");
    }
  }
  setTimeout(refresh, EVERY_MS);
}

state.after(pause);
show("live");
setTimeout(refresh, EVERY_MS);
