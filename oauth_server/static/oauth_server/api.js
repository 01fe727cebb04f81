// Swagger UI over the document beside this page. What it changes goes with the CSRF token of the session, or with a token typed in it.
(() => {
  "use strict";
  const place = document.getElementById("api");
  SwaggerUIBundle({
    domNode: place,
    url: "openapi.json",
    deepLinking: true,
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
