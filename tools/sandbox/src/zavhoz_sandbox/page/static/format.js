// A text with its entities as Telegram's own programs show it. Offsets count UTF-16 units, as JavaScript does.

import { html, useState } from "./dom.js";
import { t } from "./texts.js";

const FOUND = [
  ["url", /\bhttps?:\/\/[^\s<>"]+[^\s<>".,:;!?)\]}]/g],
  ["email", /\b[\w.+-]+@[\w-]+\.[\w.-]+\w\b/g],
  ["bot_command", /(?<![\w/])\/[a-z0-9_]{1,32}(?:@\w+)?\b/gi],
  ["mention", /(?<![\w@])@[a-z]\w{4,31}\b/gi],
  ["hashtag", /(?<![\w#&])#(?=[\p{L}\d_]*\p{L})[\p{L}\d_]+/gu],
];
const FOLDED_LINES = 3;
const DEEP_LINK = /^(?:https?:\/\/t\.me\/|tg:\/\/resolve\?domain=)(\w+)[?&]start=([\w-]{0,64})$/;

/** What a link to a bot's start begins: `{bot, payload}`, or null for any other address. */
export function deepLink(url) {
  const match = DEEP_LINK.exec(url);
  return match && { bot: match[1], payload: match[2] };
}

/** Draw `text`. `on.command(text)` and `on.link(url)` are told of what is pressed in it. */
export function formatted(text, entities = [], on = {}) {
  const all = [...entities, ...detected(text, entities)].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return drawn(text, 0, text.length, all, on);
}

/** What Telegram finds by itself in a text, outside of code and of links that are there already. */
function detected(text, entities) {
  const taken = entities.filter(({ type }) => /^(code|pre|text_link|text_mention|url|bot_command)$/.test(type));
  const found = [];
  const free = (from, to) => ![...taken, ...found].some((one) => one.offset < to && from < one.offset + one.length);
  for (const [type, pattern] of FOUND) {
    for (const { index, 0: match } of text.matchAll(pattern)) {
      if (free(index, index + match.length)) found.push({ type, offset: index, length: match.length });
    }
  }
  return found;
}

function drawn(text, from, to, entities, on) {
  const parts = [];
  let at = from;
  for (let i = 0; i < entities.length; i += 1) {
    const { offset, length } = entities[i];
    if (offset < at || offset >= to) continue;
    const end = Math.min(offset + length, to);
    if (offset > at) parts.push(text.slice(at, offset));
    const inner = entities.slice(i + 1).filter((one) => one.offset >= offset && one.offset + one.length <= end);
    parts.push(dressed(entities[i], text.slice(offset, end), drawn(text, offset, end, inner, on), on));
    at = end;
  }
  if (at < to) parts.push(text.slice(at, to));
  return parts;
}

function dressed(entity, raw, inner, on) {
  switch (entity.type) {
    case "bold":
      return html`<b>${inner}</b>`;
    case "italic":
      return html`<i>${inner}</i>`;
    case "underline":
      return html`<u>${inner}</u>`;
    case "strikethrough":
      return html`<s>${inner}</s>`;
    case "spoiler":
      return html`<${Spoiler}>${inner}<//>`;
    case "code":
      return html`<code>${inner}</code>`;
    case "pre":
      return html`<pre>${inner}</pre>`;
    case "blockquote":
      return html`<blockquote>${inner}</blockquote>`;
    case "expandable_blockquote":
      return html`<${Quote} lines=${raw.split("\n").length}>${inner}<//>`;
    case "text_link":
      return html`<${Link} url=${entity.url} on=${on}>${inner}<//>`;
    case "url":
      return html`<${Link} url=${raw} on=${on}>${inner}<//>`;
    case "email":
      return html`<a href=${`mailto:${raw}`}>${inner}</a>`;
    case "bot_command":
      return on.command
        ? html`<button type="button" class="inline-link" onClick=${() => on.command(raw)}>${inner}</button>`
        : inner;
    default:
      return html`<span class="entity">${inner}</span>`;
  }
}

function Link({ url, on, children }) {
  const inside = on.link && deepLink(url);
  return html`<a
    href=${/^(https?|tg|mailto):/.test(url) ? url : `https://${url}`}
    target="_blank"
    rel="noopener noreferrer"
    onClick=${(event) => {
      if (!inside) return;
      event.preventDefault();
      on.link(url);
    }}
    >${children}</a
  >`;
}

function Spoiler({ children }) {
  const [shown, setShown] = useState(false);
  if (shown) return html`<span>${children}</span>`;
  return html`<button type="button" class="spoiler" aria-label=${t("show_hidden")} onClick=${() => setShown(true)}>
    <span aria-hidden="true">${children}</span>
  </button>`;
}

function Quote({ lines, children }) {
  const [open, setOpen] = useState(lines <= FOLDED_LINES);
  return html`<blockquote class=${open ? "" : "folded"}>
    ${children}
    ${!open && html`<button type="button" class="unfold" onClick=${() => setOpen(true)}>${t("show_all")}</button>`}
  </blockquote>`;
}
