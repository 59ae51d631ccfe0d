// One message, or an album, in a chat.

import { classes, html, memo, useState } from "./dom.js";
import { formatted } from "./format.js";
import { Icon } from "./icons.js";
import { Album, Media } from "./media.js";
import { Menu } from "./menu.js";
import { fullName, hue, serviceText, summary } from "./people.js";
import { clock, t } from "./texts.js";

/**
 * `messages`: one, or the parts of an album. `mine`: the person whose column it is wrote it. `waiting`: the data of its
 * buttons that were pressed and are not answered yet. `on`: what may be done, see `log.js`.
 */
export const Bubble = memo(({ messages, mine, first, named, waiting, on }) => {
  const message = messages[0];
  const service = serviceText(message);
  if (service !== null) return html`<p class="service" data-id=${message.message_id}>${service}</p>`;
  const told = messages.find((one) => one.caption ?? one.text) ?? message;
  const text = told.text ?? told.caption;
  const visual = messages.some((one) => one.photo || one.video || one.location);
  const sender = mine ? t("you") : message.from.first_name;
  const [menu, setMenu] = useState(false);

  const onKeyDown = (event) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Enter" || event.key === "ContextMenu") setMenu(true);
    else if (event.key === "r" && !event.ctrlKey && !event.metaKey) on.reply(message);
    else return;
    event.preventDefault();
  };

  return html`<article
    class=${classes("message", mine ? "mine" : "theirs", first && "first")}
    tabindex="-1"
    data-id=${message.message_id}
    aria-label=${`${sender}, ${clock(message.date)}`}
    onKeyDown=${onKeyDown}
    onContextMenu=${(event) => {
      if (event.target.closest("a, img, video")) return;
      event.preventDefault();
      setMenu(true);
    }}
  >
    <div class=${classes("bubble", visual && "visual", message.video_note && "bare", !text && "wordless")}>
      ${named && !mine && html`<b class="sender" style=${`--hue:${hue(message.from.id)}`}>${fullName(message.from)}</b>`}
      ${message.reply_to_message && !message.reply_to_message.forum_topic_created && html`<${Quoted} message=${message.reply_to_message} onOpen=${on.find} />`}
      ${messages.length > 1 && messages.every((one) => one.photo || one.video)
        ? html`<${Album} messages=${messages} onPhoto=${on.photo} />`
        : messages.map((one) => html`<${Media} key=${one.message_id} message=${one} onPhoto=${on.photo} />`)}
      ${text && html`<div class="text">${formatted(text, told.entities ?? told.caption_entities, on)}</div>`}
      ${!text && isOther(message) && html`<div class="text other">${summary(message)}</div>`}
      <span class="meta">
        ${told.edit_date && html`<span>${t("edited")}</span> `}
        <time datetime=${new Date(message.date * 1000).toISOString()}>${clock(message.date)}</time>
        ${mine && html`<${Icon} name="check" />`}
      </span>
      <button type="button" class="actions" aria-label=${t("actions")} title=${t("actions")} aria-haspopup="menu" aria-expanded=${menu} onClick=${() => setMenu(true)}>
        <${Icon} name="down" />
      </button>
      ${menu && html`<${Menu} label=${t("actions")} items=${actions(told, mine, on)} onClose=${() => setMenu(false)} />`}
    </div>
    ${message.reply_markup?.inline_keyboard && html`<${Keyboard} message=${message} waiting=${waiting} on=${on} />`}
  </article>`;
});

const KNOWN = ["photo", "video", "video_note", "voice", "audio", "document", "location"];
const isOther = (message) => !KNOWN.some((kind) => message[kind]);

function actions(message, mine, on) {
  const text = message.text ?? message.caption;
  return [
    { label: t("reply"), icon: "reply", act: () => on.reply(message) },
    ...(mine && text ? [{ label: t("edit"), icon: "pencil", act: () => on.edit(message) }] : []),
    ...(text ? [{ label: t("copy_text"), icon: "file", act: () => navigator.clipboard?.writeText(text) }] : []),
    ...(mine ? [{ label: t("show_way"), icon: "hood", act: () => on.way(message) }] : []),
  ];
}

function Quoted({ message, onOpen }) {
  const photo = message.photo?.[0];
  return html`<button type="button" class="quoted" style=${`--hue:${hue(message.from.id)}`} onClick=${() => onOpen(message.message_id)}>
    ${photo && html`<img src=${`/sandbox/files/${photo.file_id}`} alt="" loading="lazy" />`}
    <span><b>${message.from.first_name}</b><span>${summary(message).slice(0, 200)}</span></span>
  </button>`;
}

function Keyboard({ message, waiting, on }) {
  return html`<div class="inline-keyboard">
    ${message.reply_markup.inline_keyboard.map(
      (row, at) => html`<div class="keys" key=${at}>
        ${row.map((button) =>
          button.url
            ? html`<a class="key" href=${button.url} target="_blank" rel="noopener noreferrer" onClick=${(event) => on.link(button.url) && event.preventDefault()}>${button.text}<span class="corner" aria-hidden="true">↗</span></a>`
            : html`<button
                type="button"
                class=${classes("key", waiting?.includes(button.callback_data) && "waiting")}
                aria-busy=${waiting?.includes(button.callback_data) ? "true" : undefined}
                onClick=${() => on.press(message, button)}
              >
                ${button.text}
              </button>`,
        )}
      </div>`,
    )}
  </div>`;
}
