// A button that opens a menu, by the pattern of https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/

import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "./dom.js";
import { Icon } from "./icons.js";

const EDGE = 4;

/**
 * The entries of a menu; `items` are `{label, icon?, note?, checked?, act}`, or `null` for a line between two.
 * It takes the focus, gives it back when it closes, and is moved so that all of it can be seen.
 */
export function Menu({ label, items, onClose, class: name }) {
  const list = useRef(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const box = list.current.getBoundingClientRect();
    const lowest = list.current.closest(".log")?.getBoundingClientRect().bottom ?? innerHeight;
    const right = Math.min(0, innerWidth - EDGE - box.right) || Math.max(0, EDGE - box.left);
    list.current.style.translate = `${right}px ${Math.min(0, lowest - EDGE - box.bottom)}px`;
    list.current.querySelector("[role^=menuitem]")?.focus();
    return () => before?.isConnected && before.focus();
  }, []);
  useEffect(() => {
    const away = (event) => list.current?.contains(event.target) || onClose();
    document.addEventListener("pointerdown", away, true);
    return () => document.removeEventListener("pointerdown", away, true);
  }, []);

  const onKeyDown = (event) => {
    const entries = [...list.current.querySelectorAll("[role^=menuitem]")];
    const at = entries.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to !== undefined) entries[(to + entries.length) % entries.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") onClose();
    else return;
    event.stopPropagation();
    if (event.key !== "Tab") event.preventDefault();
  };

  return html`<ul class=${classes("menu", name)} role="menu" aria-label=${label} ref=${list} onKeyDown=${onKeyDown}>
    ${items.map((item) =>
      item === null
        ? html`<li role="separator"></li>`
        : html`<li role="none">
            <button
              type="button"
              role=${item.checked === undefined ? "menuitem" : "menuitemradio"}
              aria-checked=${item.checked}
              tabindex="-1"
              onClick=${() => {
                onClose();
                item.act();
              }}
            >
              ${item.icon && html`<${Icon} name=${item.icon} />`}
              ${item.picture && html`<img src=${item.picture} alt="" />`}
              <span>${item.label}</span>
              ${item.note && html`<small>${item.note}</small>`}
            </button>
          </li>`,
    )}
  </ul>`;
}

/** The button and its menu. `items` is a function, asked when it opens. */
export function MenuButton({ label, icon, text, items, class: name, menuClass }) {
  const [open, setOpen] = useState(false);
  const button = useRef(null);
  return html`<div class="menu-anchor">
    <button
      type="button"
      ref=${button}
      class=${classes("icon-button", name)}
      aria-label=${label}
      title=${text ? undefined : label}
      aria-haspopup="menu"
      aria-expanded=${open}
      onPointerDown=${(event) => open && event.stopPropagation()}
      onClick=${() => setOpen(!open)}
      onKeyDown=${(event) => {
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
        event.preventDefault();
        setOpen(true);
      }}
    >
      ${icon && html`<${Icon} name=${icon} />`} ${text}
    </button>
    ${open && html`<${Menu} label=${label} items=${items()} class=${menuClass} onClose=${() => setOpen(false)} />`}
  </div>`;
}
