/* The buttons that copy and print what [data-codes] holds. */
"use strict"

{
  const codes = document.querySelector("[data-codes]")
  const copy = document.querySelector("[data-copy]")
  const print = document.querySelector("[data-print]")
  if (codes && navigator.clipboard) {
    copy.hidden = false
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText([...codes.children].map(code => code.textContent.trim()).join("\n"))
      document.querySelector("[data-copied]").hidden = false
    })
  }
  if (codes) {
    print.hidden = false
    print.addEventListener("click", () => window.print())
  }
}
