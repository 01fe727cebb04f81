/* W3C Web Authentication Level 3: passkeys from the autofill of the sign-in page, and by a button.
   A form with data-passkey ("sign-in", "confirm", "add") holds a field `credential`, a button, [data-without] for browsers
   that cannot, and [data-failed] for what went wrong. data-options is what is to be signed, or data-options-url where it is asked for. */
"use strict"

{
  const api = window.PublicKeyCredential
  const can = Boolean(api && api.parseRequestOptionsFromJSON && api.prototype.toJSON)
  let pending = null // of all calls one at most may be open

  const optionsOf = async form => {
    if (form.dataset.options) return JSON.parse(form.dataset.options)
    const answer = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } })
    return (await answer.json()).request_options
  }

  /* The same challenge serves the autofill and the button after it: it was not signed yet. */
  const asked = new Map()
  const options = form => {
    if (!asked.has(form)) asked.set(form, optionsOf(form))
    return asked.get(form)
  }

  const call = async (form, more) => {
    pending?.abort()
    pending = new AbortController()
    const { signal } = pending
    const { publicKey } = await options(form)
    const credential = form.dataset.passkey === "add"
      ? await navigator.credentials.create({ publicKey: api.parseCreationOptionsFromJSON(publicKey), signal })
      : await navigator.credentials.get({ publicKey: api.parseRequestOptionsFromJSON(publicKey), signal, ...more })
    form.elements.credential.value = JSON.stringify(credential)
    form.submit()
  }

  const inAutofill = async form => {
    if (!await api.isConditionalMediationAvailable?.()) return
    call(form, { mediation: "conditional" }).catch(() => {}) // given up for the button, or nothing chosen
  }

  const start = form => {
    const button = form.querySelector("button[data-start]")
    const failed = form.querySelector("[data-failed]")
    form.querySelector("[data-without]")?.setAttribute("hidden", "")
    button.hidden = false
    button.addEventListener("click", async event => {
      event.preventDefault()
      failed.hidden = true
      button.disabled = true
      try {
        await call(form, {})
      } catch {
        failed.hidden = false
        asked.delete(form)
        if (form.dataset.passkey === "sign-in") inAutofill(form)
      }
      button.disabled = false
    })
    if (form.dataset.passkey === "sign-in") inAutofill(form)
  }

  /* So that the offer after the sign-in is made where this browser has a place for passkeys. */
  const tell = async form => {
    if (!await api.isUserVerifyingPlatformAuthenticatorAvailable()) return
    const field = document.createElement("input")
    Object.assign(field, { type: "hidden", name: "passkeys", value: "1" })
    form.append(field)
  }

  if (can) {
    document.querySelectorAll("form[data-passkey]").forEach(start)
    document.querySelectorAll("form:has(input[autocomplete~='webauthn'])").forEach(tell)
  }
}
