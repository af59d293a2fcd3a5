// Two minutes before the sign-in ends by itself: a question that the keyboard answers. What other tabs did counts, so the server is asked first.
"use strict";
(() => {
  const box = document.getElementById("idle");
  if (!box?.showModal) return;
  const WARNING = 120;
  const clock = box.querySelector("[data-clock]");
  const part = (name) => box.querySelector(`[data-part=${name}]`);
  let endsAt = 0;
  let timer = 0;

  // as htmx asks for pieces: what a page asks for by itself is no sign that somebody is there
  async function ask(method) {
    const headers = method === "POST" ? { "X-CSRFToken": token() } : { "HX-Request": "true", "HX-Request-Type": "partial" };
    const answer = await fetch(box.dataset.address, { method, headers, cache: "no-store" });
    return answer.ok ? answer.json() : { left: 0 };
  }
  const token = () => JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];

  function lasts(seconds) {
    clearTimeout(timer);
    endsAt = Date.now() + seconds * 1000;
    timer = setTimeout(check, Math.max(0, seconds - WARNING) * 1000);
  }

  async function check() {
    let answer;
    try { answer = await ask("GET"); } catch { timer = setTimeout(check, 10_000); return; }
    if (answer.left > WARNING + 1) { lasts(answer.left); return; }
    endsAt = Date.now() + answer.left * 1000;
    show("soon");
    tick();
  }

  function show(name) {
    part("soon").hidden = name !== "soon";
    part("over").hidden = name !== "over";
    box.setAttribute("aria-labelledby", name === "soon" ? "idle-title" : "over-title");
    box.setAttribute("aria-describedby", name === "soon" ? "idle-text" : "over-text");
    if (!box.open) box.showModal();
    part(name).querySelector(".btn").focus();
  }

  async function tick() {
    const left = Math.ceil((endsAt - Date.now()) / 1000);
    if (!box.open || part("soon").hidden) return;
    if (left > 0) {
      clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      timer = setTimeout(tick, 1000);
      return;
    }
    const answer = await ask("GET").catch(() => ({ left: 0 }));
    if (answer.left > 0) goOn(answer);
    else show("over");
  }

  // another sign-in of the same person: what stands on the page can be sent with its token
  function goOn(answer) {
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = answer.token;
    document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": answer.token }));
    box.close();
    lasts(answer.left);
  }

  box.querySelector("[data-stay]").addEventListener("click", async () => {
    const answer = await ask("POST").catch(() => null);
    if (answer?.left > 0) goOn(answer);
    else if (answer) show("over");
  });
  box.querySelector("[data-back]").addEventListener("click", async () => {
    const answer = await ask("GET").catch(() => ({ left: 0 }));
    const isBack = answer.left > 0 && answer.who === box.dataset.who;
    box.querySelector("[data-not-yet]").hidden = isBack;
    if (isBack) goOn(answer);
  });
  // Esc answers the question the careful way; once signed out it only puts the box away
  box.addEventListener("cancel", (event) => {
    if (part("soon").hidden) return;
    event.preventDefault();
    box.querySelector("[data-stay]").click();
  });
  lasts(Number(box.dataset.left));
})();
