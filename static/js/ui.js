// What pages do by themselves: menus close, dialogs open, forms are sent once, unsaved changes are kept in mind. Pages work without it.
"use strict";
(() => {
  const all = (selector, root = document) => root.querySelectorAll(selector);

  // the reader's time zone, for "My time"
  try {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && !document.cookie.includes(`voltpact_zone=${zone}`)) {
      document.cookie = `voltpact_zone=${zone};path=/;max-age=31536000;samesite=lax`;
    }
  } catch { /* then times are shown on the site's clock */ }

  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog?.showModal) { event.preventDefault(); open(dialog, opener); }
    }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
    const reveal = event.target.closest("[data-reveal]");
    if (reveal) show(reveal);
    const copy = event.target.closest("[data-copy]");
    if (copy) copied(copy);
    const keep = event.target.closest("[data-keep]");
    if (keep) kept(keep);
    const fill = event.target.closest("[data-fills]");
    if (fill) filled(fill);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of all("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
      const rail = document.getElementById("rail-open");
      if (rail) rail.checked = false;
    }
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
      const search = document.getElementById("q");
      if (search) { event.preventDefault(); search.focus(); }
    }
    if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) save(event);
  });

  // the form one types in, else the one that has changes: as its main button does it. Not what moves money, sends a command or decides;
  // a page without such a form is the browser's to save
  function save(event) {
    const forms = [...all("form[data-guard]:not([data-decides]), form[data-keeps]")].filter((form) => !form.elements.namedItem("one_time_key"));
    if (!forms.length) return;
    event.preventDefault();
    const changed = forms.filter((form) => form.dataset.changed && !form.dataset.sent);
    const form = changed.find((one) => one.contains(event.target)) ?? changed[0];
    const button = form && [...form.elements].find((one) => one.type === "submit" && one.classList.contains("btn-primary"));
    if (!document.querySelector("dialog[open]")) button?.click();
  }

  function open(dialog, opener) {
    dialog.showModal();
    dialog.addEventListener("close", () => opener.focus(), { once: true });
  }

  function show(button) {
    const field = document.getElementById(button.dataset.reveal);
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(hidden));
  }

  async function copied(button) {
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      const before = button.lastChild.textContent;
      button.lastChild.textContent = ` ${button.dataset.done}`;
      setTimeout(() => { button.lastChild.textContent = before; }, 3000);
    } catch { getSelection().selectAllChildren(document.getElementById(button.dataset.copy)); }
  }

  // as a file of the browser's own: the server has shown it once and knows it no more
  function kept(button) {
    const text = `${document.getElementById(button.dataset.keep).innerText.trim()}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = button.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function filled(button) {
    const field = document.getElementById(button.dataset.fills);
    field.value = button.dataset.value;
    document.getElementById("password")?.focus();
  }

  // a form is sent once; the button says so and stays where it is
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented && !form.hasAttribute("hx-post")) return;
    if (form.method === "get" || form.method === "dialog") return;
    if (form.dataset.sent) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    form.dataset.sent = "yes";
    delete form.dataset.changed;
    const button = event.submitter;
    if (button?.dataset.working) {
      button.dataset.word = button.innerHTML;
      button.style.minWidth = `${button.offsetWidth}px`;
      button.textContent = button.dataset.working;
      button.setAttribute("aria-disabled", "true");
    }
  }, true);
  const free = (form) => {
    delete form.dataset.sent;
    for (const button of all("[data-word]", form)) {
      if (button.tagName !== "BUTTON") continue;
      button.innerHTML = button.dataset.word;
      delete button.dataset.word;
      button.removeAttribute("aria-disabled");
    }
  };
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach(free));
  document.addEventListener("form:free", (event) => free(event.target));
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.target.closest?.("form");
    if (form) free(form);
  });

  // of tabs that do not fit, the one that is open is in sight
  for (const open of all('.tabs [aria-current="page"]')) {
    const row = open.closest(".tabs");
    row.scrollLeft = open.offsetLeft - row.offsetLeft - (row.clientWidth - open.offsetWidth) / 2;
  }

  // unsaved changes: leaving asks
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard], form[data-keeps]");
    if (!form) return;
    form.dataset.changed = "yes";
    if (form.dataset.guard === "bar") showBar(form);
  });
  const isChanged = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
    return field.defaultValue !== undefined && field.value !== field.defaultValue;
  };
  function showBar(form) {
    const count = [...form.elements].filter((field) => field.name && field.type !== "hidden" && isChanged(field)).length;
    let bar = document.querySelector(".unsaved");
    if (!count) { bar?.remove(); delete form.dataset.changed; return; }
    if (!bar) {
      bar = document.getElementById("unsaved-bar").content.firstElementChild.cloneNode(true);
      bar.querySelector("[type=submit]").setAttribute("form", form.id);
      bar.querySelector("[data-discards]").addEventListener("click", () => { form.reset(); showBar(form); });
      document.getElementById("main").append(bar);
    }
    const words = bar.querySelector("[data-one]");
    words.textContent = count === 1 ? words.dataset.one : words.dataset.many.replace("…", String(count));
  }
  window.addEventListener("beforeunload", (event) => {
    if ([...all("form[data-guard][data-changed]")].some((form) => !form.dataset.sent)) event.preventDefault();
  });

  function settle(root) {
    for (const button of all("[data-reveal][hidden]", root)) button.hidden = false;
    const target = root.querySelector?.("[data-focus]") ?? (root === document ? document.getElementById("page-note") : null);
    if (target) target.focus({ preventScroll: false });
  }
  settle(document);
  document.addEventListener("htmx:after:swap", (event) => {
    const place = event.detail?.ctx?.target;
    if (place?.id === "problem") { place.firstElementChild?.focus(); place.scrollIntoView({ block: "nearest" }); }
    else if (place?.querySelector?.("[data-focus]")) settle(place);
    for (const button of all("[data-reveal][hidden]")) button.hidden = false;
  });
  // rows ticked in a list: the head's box means this page, the bar counts, and what is read anew keeps its ticks
  const counted = (list) => {
    const boxes = [...all("[data-choice]", list)];
    const count = boxes.filter((box) => box.checked).length;
    const head = list.querySelector("[data-chooses-all]");
    const words = list.querySelector("[data-chosen]");
    if (words) words.textContent = words.dataset.chosen.replace("…", String(count));
    const said = list.querySelector("[data-said]");
    if (said) said.textContent = count ? said.dataset.said.replace("…", String(count)) : "";
    if (head) { head.checked = count > 0 && count === boxes.length; head.indeterminate = count > 0 && count < boxes.length; }
  };
  document.addEventListener("change", (event) => {
    const list = event.target.closest(".choose");
    if (!list) return;
    if (event.target.matches("[data-chooses-all]")) for (const box of all("[data-choice]", list)) box.checked = event.target.checked;
    counted(list);
  });
  let ticked = new Set();
  document.addEventListener("htmx:before:swap", () => { ticked = new Set([...all("[data-choice]:checked")].map((box) => box.value)); });
  document.addEventListener("htmx:after:swap", () => {
    for (const list of all(".choose")) {
      for (const box of all("[data-choice]", list)) if (ticked.has(box.value)) box.checked = true;
      counted(list);
    }
  });
  all(".choose").forEach(counted);

  // the proxy's or our own failure: keep what is on the page and say it
  document.addEventListener("htmx:response:error", (event) => {
    const status = event.detail?.ctx?.response?.status ?? 0;
    const banner = document.getElementById("banner-5xx");
    const place = document.getElementById("problem");
    if (event.target.id !== "live" && status >= 500 && banner && place) place.replaceChildren(banner.content.cloneNode(true));
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (event.target.id !== "live") document.getElementById("problem")?.replaceChildren();
  });
})();
