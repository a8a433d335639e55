// The fields of a line that are saved by themselves, in the table or in the form of one project, by their names.

/** The field of this name in the line: its names in the form begin with the line's data-prefix. */
export function named(form, line, name) {
  return form.elements.namedItem(line.dataset.prefix + name);
}

/** Whether it is a field that one types or chooses in; what lies in data-apart is saved in another way. */
export function isTyped(element) {
  return element.matches("input[type=text], input[type=date], select, textarea") && element.name !== ""
    && !element.closest("[data-apart]");
}

export function fields(line) {
  return [...line.querySelectorAll("input, select, textarea")].filter(isTyped);
}

/** Whether it says something else than the page came with: what was typed while no script was there to hear of it. */
export function isTouched(field) {
  if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const first = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
  return first !== undefined && field.value !== first.value;
}

/** Put a text into the field; a choice that isn't offered is added to those offered. */
export function put(field, text) {
  if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === text)) {
    field.add(new Option(text, text));
  }
  field.value = text;
}
