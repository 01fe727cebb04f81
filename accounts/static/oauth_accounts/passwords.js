/* A button at each password field that shows what was typed. data-show: what it says. */
"use strict"

{
  const { show } = document.currentScript.dataset
  for (const field of document.querySelectorAll("input[type=password]")) {
    const button = document.createElement("button")
    Object.assign(button, { type: "button", className: "link small", textContent: show })
    button.setAttribute("aria-pressed", "false")
    button.setAttribute("aria-controls", field.id)
    button.addEventListener("click", () => {
      const hidden = field.type === "password"
      field.type = hidden ? "text" : "password"
      button.setAttribute("aria-pressed", String(hidden))
    })
    field.after(button)
    field.form?.addEventListener("submit", () => { field.type = "password" })
  }
}
