// What the console does better with a script: it copies, and it judges redirect URIs while they are typed. The server does both without.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText.trim());
    button.nextElementSibling.textContent = ` ${button.dataset.copied}`;
  });
}

const place = document.querySelector("[data-lint]");
const field = document.getElementById("id_redirect_uris");
if (place && field) {
  if (!place.closest(".form-row")) field.closest(".form-row").append(place);
  const list = place.querySelector("[data-findings]");
  const method = document.getElementById("id_token_endpoint_auth_method");
  const runs = [...document.querySelectorAll("[name=place]")];
  const isPublic = () => {
    if (method) return method.value === "none";
    return runs.length ? runs.some(one => one.checked && one.value !== "server") : place.dataset.public === "1";
  };
  const code = text => {
    const made = document.createElement("code");
    made.dir = "ltr";
    made.textContent = text;
    return made;
  };
  const mend = (uri, fix) => {
    field.value = field.value.split(/\s+/).filter(Boolean).map(one => (one === uri ? fix : one)).join("\n");
    field.focus();
    ask();
  };
  const line = one => {
    const item = document.createElement("li");
    item.className = `oauth-${one.level}`;
    item.append(code(one.uri), ` ${one.text} `);
    if (one.fix) {
      const button = document.createElement("button");
      button.type = "button";
      button.append("→ ", code(one.fix));
      button.addEventListener("click", () => mend(one.uri, one.fix));
      item.append(button);
    }
    return item;
  };
  let last = 0;
  const ask = async () => {
    const turn = ++last;
    const body = new URLSearchParams({ redirect_uris: field.value, public: isPublic() ? "1" : "0" });
    const token = field.form.elements.csrfmiddlewaretoken.value;
    const answer = await fetch(place.dataset.lint, { method: "POST", body, headers: { "X-CSRFToken": token } });
    if (!answer.ok || turn !== last) return;
    list.replaceChildren(...(await answer.json()).findings.map(line));
  };
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 300);
  };
  field.addEventListener("input", soon);
  for (const one of [method, ...runs]) one?.addEventListener("change", soon);
}
