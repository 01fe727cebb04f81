// What pages do better with a script, and do without one too: a device's code takes its shape, facts are copied.
const codes = document.querySelectorAll("[data-code]");
for (const field of codes) {
  field.addEventListener("input", () => {
    const before = field.value.slice(0, field.selectionStart ?? field.value.length);
    const letters = text => text.toUpperCase().replace(/[^A-Z0-9]/g, "");
    const shaped = text => (text.length > 4 ? `${text.slice(0, 4)}-${text.slice(4, 8)}` : text);
    // what stands before the caret stays before it
    const caret = shaped(letters(before)).length;
    field.value = shaped(letters(field.value));
    field.setSelectionRange(caret, caret);
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const facts = [...document.querySelectorAll(`${button.dataset.copy} dt`)];
    const said = facts.map(fact => `${fact.innerText}: ${fact.nextElementSibling.innerText}`).join("\n");
    await navigator.clipboard.writeText(said);
    button.nextElementSibling.textContent = button.dataset.copied;
  });
}

// A second click sends nothing twice; whoever comes back by the back button finds the form as it was
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", event => {
    if (form.ariaBusy === "true") event.preventDefault();
    form.ariaBusy = "true";
  });
  addEventListener("pageshow", () => { form.ariaBusy = null; });
}
