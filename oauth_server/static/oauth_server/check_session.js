// OpenID Connect Session Management 1.0 §3.2: answers "client_id session_state" with unchanged, changed or error.
(() => {
  "use strict";
  const cookie = `${document.documentElement.dataset.cookie}=`;

  // read at every question: it changes with each sign-in and sign-out
  const browserState = () =>
    (document.cookie.split("; ").find((pair) => pair.startsWith(cookie)) ?? cookie).slice(cookie.length);

  const hash = async (text) => {
    const raw = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  };

  const answer = async (question, origin) => {
    const [, client, hashed, salt] = /^([^ ]+) ([\w-]+)\.([\w-]+)$/.exec(question) ?? [];
    if (!client) return "error";
    return (await hash(`${client} ${origin} ${browserState()} ${salt}`)) === hashed ? "unchanged" : "changed";
  };

  addEventListener("message", async (event) => {
    // a page without an origin of its own cannot be told anything
    if (typeof event.data !== "string" || !event.source || event.origin === "null") return;
    event.source.postMessage(await answer(event.data, event.origin).catch(() => "error"), event.origin);
  });
})();
