// The freshness chip: live, reconnecting after 10 s, not live after 60 s with old values marked. A stream that is not there changes nothing.
"use strict";
(() => {
  const stream = document.getElementById("live");
  const chip = document.getElementById("freshness");
  if (!stream) return;
  const word = chip?.querySelector("span");
  const strip = document.getElementById("not-live");
  let last = 0;
  let lostAt = 0;
  let timer = 0;

  const clock = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

  function show(state, text) {
    if (chip) {
      chip.classList.toggle("is-live", state === "live");
      chip.classList.toggle("is-reconnecting", state === "reconnecting");
      chip.classList.toggle("is-old", state === "old");
      word.textContent = text;
    }
    document.body.classList.toggle("not-live", state === "old");
    for (const value of document.querySelectorAll("[data-live-value]")) value.classList.toggle("stale", state === "old");
    if (strip) {
      const line = strip.querySelector("[data-text]");
      if (state === "old" && strip.hidden) line.textContent = line.dataset.text.replace("…", clock(last || lostAt));
      strip.hidden = state !== "old";
    }
  }

  function heard() {
    last = Date.now();
    lostAt = 0;
    clearInterval(timer);
    show("live", chip?.dataset.live);
  }

  function lost() {
    if (lostAt || document.hidden) return;
    lostAt = Date.now();
    clearInterval(timer);
    timer = setInterval(() => {
      const since = (Date.now() - lostAt) / 1000;
      if (since >= 60) show("old", chip?.dataset.old.replace("…", clock(last || lostAt)));
      else if (since >= 10) show("reconnecting", chip?.dataset.reconnecting.replace("…", clock(last || lostAt)));
    }, 1000);
  }

  stream.addEventListener("htmx:sse:after:connection", heard);
  stream.addEventListener("htmx:sse:after:message", heard);
  stream.addEventListener("htmx:sse:error", lost);
  stream.addEventListener("htmx:sse:close", lost);
  stream.addEventListener("htmx:sse:before:connection", () => { if (last) lost(); });
  document.addEventListener("htmx:error", (event) => { if (event.target === stream) lost(); });

  // a connection can die without anybody being told (a network left, a laptop asleep): who has been silent for longer than two signs of life
  // is dialled again, and so is everybody as soon as the browser is back on a network
  function dialAgain() {
    const sse = stream._htmx?.sse;
    sse?.delayCanceller?.();
    sse?.reader?.cancel();
  }
  setInterval(() => {
    if (document.hidden || !stream._htmx?.sse || Date.now() - last < 40_000) return;
    lost();
    dialAgain();
  }, 5_000);
  window.addEventListener("offline", lost);
  window.addEventListener("online", dialAgain);

  // what is not a stream is never shown in the page; nobody signed in any more means the sign-in page
  stream.addEventListener("htmx:before:response", (event) => {
    const answer = event.detail?.ctx?.response;
    if (answer?.headers.get("Content-Type")?.includes("text/event-stream")) return;
    event.preventDefault();
    if (answer?.status === 401 && last) location.reload();
  });

  function open() {
    if (!stream._htmx?.sse && stream.isConnected) window.htmx.ajax("GET", stream.getAttribute("hx-sse:connect"), { source: stream });
  }

  // a stream that could not be opened at all is tried again, ever less often
  let tries = 0;
  stream.addEventListener("htmx:finally:request", () => {
    if (stream._htmx?.sse) { tries = 0; return; }
    lost();
    tries += 1;
    setTimeout(open, Math.min(60, 2 ** tries) * 1000);
  });

  // a page that is being left does not ask again for a stream that ends (what the next page comes from may have ended it);
  // whoever stays after all, as with a file that is loaded down, hears on after a while
  let leaving = 0;
  function stay() {
    clearTimeout(leaving);
    leaving = 0;
    open();
  }
  window.addEventListener("beforeunload", () => { clearTimeout(leaving); leaving = setTimeout(stay, 5_000); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) stay(); });
  stream.addEventListener("htmx:sse:before:connection", (event) => { if (leaving) event.preventDefault(); });

  // a change is shown by a tint; readers of screens hear one summary at most every ten seconds
  const announce = document.getElementById("announce");
  let records = []; // htmx waits within a swap, so most of them are delivered before the message is done
  const seen = new MutationObserver((some) => { records.push(...some); });
  let coming = 0;
  let changes = 0;
  stream.addEventListener("htmx:sse:before:message", () => {
    coming += 1;
    seen.observe(document.getElementById("main"), { subtree: true, childList: true, characterData: true });
  });
  stream.addEventListener("htmx:sse:after:message", () => {
    const parts = new Set();
    records.push(...seen.takeRecords());
    for (const record of records) {
      const node = record.target.nodeType === Node.ELEMENT_NODE ? record.target : record.target.parentElement;
      const part = node?.closest("[id]");
      if (part && part.id !== "main") parts.add(part);
    }
    records = [];
    coming = Math.max(0, coming - 1);
    if (!coming) seen.disconnect();
    changes += parts.size;
    for (const part of [...parts].slice(0, 60)) {
      part.classList.add("just-changed");
      part.addEventListener("animationend", () => part.classList.remove("just-changed"), { once: true });
    }
  });
  setInterval(() => {
    if (changes && announce) announce.textContent = (changes === 1 ? announce.dataset.one : announce.dataset.many).replace("…", String(changes));
    changes = 0;
  }, 10000);
})();
