// Shows the contract. Requests need a signature, which a page cannot make: none is sent.
SwaggerUIBundle({
  url: document.getElementById("contract").dataset.url,
  dom_id: "#contract",
  deepLinking: true,
  docExpansion: "list",
  displayRequestDuration: false,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
