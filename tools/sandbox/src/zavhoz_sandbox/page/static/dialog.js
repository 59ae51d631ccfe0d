// A window over the page: the browser's own, which keeps the focus inside and closes with Escape.

import { classes, html, useId, useLayoutEffect, useRef, useState } from "./dom.js";
import { t } from "./texts.js";

export function Dialog({ title, onClose, class: name, children }) {
  const dialog = useRef(null);
  const id = useId();
  useLayoutEffect(() => {
    dialog.current.showModal();
  }, []);
  return html`<dialog
    ref=${dialog}
    class=${classes("dialog", name)}
    aria-labelledby=${id}
    onClose=${onClose}
    onClick=${(event) => event.target === dialog.current && dialog.current.close()}
  >
    <div class="dialog-body">
      <h2 id=${id}>${title}</h2>
      ${children}
    </div>
  </dialog>`;
}

/** A few questions. `fields` are `{name, label, value?, required?, type?, options?}`; `onDone` is given the answers. */
export function Form({ title, fields, done, onDone, onClose }) {
  const [error, setError] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(
      [...event.target.elements]
        .filter((one) => one.name)
        .map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value.trim()]),
    );
    try {
      await onDone(given);
      onClose();
    } catch (problem) {
      setError(problem.message);
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${submit}>
      ${fields.map((field, at) => html`<${Field} key=${field.name} ...${field} first=${at === 0} />`)}
      ${error && html`<p role="alert" class="error">${error}</p>`}
      <div class="dialog-buttons">
        <button type="button" onClick=${onClose}>${t("cancel")}</button>
        <button type="submit" class="primary">${done}</button>
      </div>
    </form>
  <//>`;
}

function Field({ name, label, value = "", required, type = "text", options, maxlength, first }) {
  if (type === "checkbox") {
    return html`<label class="check"><input type="checkbox" name=${name} defaultChecked=${value} /> ${label}</label>`;
  }
  return html`<label class="field">
    <span>${label}</span>
    ${options
      ? html`<select name=${name}>
          ${Object.entries(options).map(([key, text]) => html`<option value=${key} selected=${key === value}>${text}</option>`)}
        </select>`
      : html`<input name=${name} type=${type} defaultValue=${value} required=${required} maxlength=${maxlength} autofocus=${first} autocomplete="off" />`}
  </label>`;
}
