// Passkeys: a button with data-passkey asks the server for options, the device for an answer, and sends the answer by its form.
"use strict";
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const plain = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withIds = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = form.querySelector("[data-said]");
      said.hidden = true;
      try {
        for (const field of form.querySelectorAll("[data-from]")) field.value = document.getElementById(field.dataset.from).value;
        form.elements.answer.value = JSON.stringify(await answer(form));
        form.submit();
      } catch {
        said.hidden = false;
        form.dispatchEvent(new CustomEvent("form:free", { bubbles: true }));
      }
    });
  }

  async function answer(form) {
    const token = form.elements.csrf_token.value;
    const response = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token } });
    if (!response.ok) throw new Error(String(response.status));
    const options = await response.json();
    options.challenge = bytes(options.challenge);
    return form.dataset.passkey === "new" ? made(options) : shown(options);
  }

  async function made(options) {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = withIds(options.excludeCredentials);
    const key = await navigator.credentials.create({ publicKey: options });
    return {
      id: key.id, rawId: plain(key.rawId), type: key.type,
      response: { clientDataJSON: plain(key.response.clientDataJSON), attestationObject: plain(key.response.attestationObject) },
    };
  }

  async function shown(options) {
    options.allowCredentials = withIds(options.allowCredentials);
    const key = await navigator.credentials.get({ publicKey: options });
    const reply = key.response;
    return {
      id: key.id, rawId: plain(key.rawId), type: key.type,
      response: {
        clientDataJSON: plain(reply.clientDataJSON), authenticatorData: plain(reply.authenticatorData), signature: plain(reply.signature),
        userHandle: reply.userHandle ? plain(reply.userHandle) : null,
      },
    };
  }
})();
