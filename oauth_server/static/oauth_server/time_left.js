// WCAG 2.2 §2.2.1: the end of a page's time is told two minutes before, and put off by a click that loses nothing typed
"use strict"

for (const notice of document.querySelectorAll("[data-seconds]")) {
  const [said, when, form] = [notice.querySelector("[role]"), notice.querySelector("time"), notice.querySelector("form")]
  const WARNING = 120
  let timers = []

  const begin = seconds => {
    timers.forEach(clearTimeout)
    const end = new Date(Date.now() + seconds * 1000)
    when.textContent = end.toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" })
    notice.hidden = seconds > WARNING
    timers = [
      setTimeout(() => { notice.hidden = false }, Math.max(seconds - WARNING, 0) * 1000),
      setTimeout(() => { said.textContent = notice.dataset.over; form.hidden = true }, seconds * 1000),
    ]
  }

  form.addEventListener("submit", async event => {
    event.preventDefault()
    const asked = { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } }
    const answer = await fetch(form.action, asked).catch(() => null)
    if (answer?.ok) begin((await answer.json()).seconds)
    else form.submit()
  })
  notice.classList.add("alert")
  said.role = "alert"
  begin(Number(notice.dataset.seconds))
}
