// Single keys: ? lists them, / searches, n is the page's main button, a leads to the acts on what is ticked, g and a letter jump. Only loaded while the person has them switched on.
"use strict";
(() => {
  const sheet = document.getElementById("keys");
  if (!sheet) return;
  const PATIENCE = 1500;
  let jumping = 0;

  const busy = (event) => event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat
    || event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") || document.querySelector("dialog[open]");

  const acts = {
    "?": () => {
      const before = document.activeElement;
      sheet.showModal();
      sheet.addEventListener("close", () => before?.focus(), { once: true });
    },
    "/": () => document.getElementById("q")?.focus(),
    n: () => document.querySelector(".page-actions .btn-primary")?.click(),
    a: () => document.querySelector(".choose:has([data-choice]:checked) .choose-bar .btn-primary")?.focus(),
    g: () => { jumping = Date.now(); },
  };

  document.addEventListener("keydown", (event) => {
    if (busy(event)) return;
    const isJump = Date.now() - jumping < PATIENCE;
    jumping = 0;
    const place = isJump ? [...sheet.querySelectorAll("[data-key]")].find((link) => link.dataset.key === event.key) : null;
    const act = place ? () => place.click() : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
