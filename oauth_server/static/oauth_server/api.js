// Swagger UI over the document beside this page. What it changes goes with the CSRF token of the session, or with a token typed in it.
(() => {
  "use strict";
  const place = document.getElementById("api");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  follow();
  dark.addEventListener("change", follow);
  // what it leaves without a name, and headings whose levels it skips
  const parts = { "information-container": "About", "schemes-server-container": "Server", "filter-container": "Filter" };
  const level = { H3: 2, H4: 3, H5: 4 };
  const named = (field) =>
    field.placeholder || field.closest("tr")?.querySelector(".parameter__name")?.textContent || field.id || "Value";
  new MutationObserver(() => {
    place.querySelectorAll(":is(h3, h4, h5):not([aria-level])").forEach((heading) => {
      heading.setAttribute("role", "heading");
      heading.setAttribute("aria-level", level[heading.tagName]);
    });
    Object.entries(parts).forEach(([name, label]) => {
      const part = place.querySelector(`.${name}:not([role])`);
      part?.setAttribute("role", "region");
      part?.setAttribute("aria-label", label);
    });
    place.querySelectorAll(":is(select, input, textarea):not([aria-label])").forEach((field) => {
      const isNamed = [...field.labels].some((label) => !label.contains(field) && label.textContent.trim());
      if (!isNamed) field.setAttribute("aria-label", named(field));
    });
    place.querySelectorAll(":is(pre, .highlight-code):not([tabindex])").forEach((code) => {
      code.tabIndex = 0;
    });
  }).observe(place, { childList: true, subtree: true });
  SwaggerUIBundle({
    domNode: place,
    url: "openapi.json",
    // its links stand inside of buttons
    deepLinking: false,
    docExpansion: "none",
    filter: true,
    // asks a server elsewhere
    validatorUrl: null,
    requestInterceptor: (request) => {
      request.headers["X-CSRFToken"] = place.dataset.csrf;
      return request;
    },
  });
})();
