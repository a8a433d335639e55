// Sends the form that goes on with what one request could not finish. Without scripts its button does.

document.querySelectorAll("form[data-goes-on]").forEach((form) => form.requestSubmit());
