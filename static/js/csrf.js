// The token that a request of ours carries.

/** The cookie's, which a sign-in in another window has renewed there; else the one the form came with. */
export function token(form) {
  const found = /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie);
  return (found && found[1]) || form.elements.namedItem("csrfmiddlewaretoken").value;
}
