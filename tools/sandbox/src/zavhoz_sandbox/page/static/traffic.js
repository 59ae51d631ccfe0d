// What the bot called and was answered, and what it was told.

import { classes, html, memo, useState } from "./dom.js";
import { fullName, summary } from "./people.js";
import { duration, precise, t } from "./texts.js";

const SHOWN = 200;

export const chatName = (world, id) => {
  const group = world.groups.get(id);
  const person = world.people.get(id);
  return group?.title ?? (person ? fullName(person) : id ? String(id) : "");
};

/** What an update is about, in one line. */
export function updateSummary(world, update) {
  const kind = Object.keys(update).find((key) => key !== "update_id");
  const content = update[kind] ?? {};
  const who = content.from?.first_name ?? "";
  if (kind !== "callback_query") return { kind, who, text: content.chat ? summary(content) : "" };
  const buttons = content.message?.reply_markup?.inline_keyboard?.flat() ?? [];
  const pressed = buttons.find((one) => one.callback_data === content.data);
  return { kind, who, text: `[${pressed?.text ?? content.data}]` };
}

export const Calls = memo(({ world, calls }) => {
  const [filter, setFilter] = useState("");
  const wanted = calls.filter((call) => call.method.toLowerCase().includes(filter.toLowerCase())).slice(-SHOWN).reverse();
  return html`
    <label class="filter"><span class="visually-hidden">${t("filter_methods")}</span><input type="search" placeholder=${t("filter_methods")} value=${filter} onInput=${({ target }) => setFilter(target.value)} /></label>
    ${!wanted.length && html`<p class="empty">${t("no_calls")}</p>`}
    <ul class="traffic">
      ${wanted.map((call) => html`<${Call} key=${call.number} call=${call} chat=${chatName(world, call.chat)} />`)}
    </ul>
  `;
});

const Call = memo(({ call, chat }) => {
  const failed = call.cut || call.status !== 200;
  return html`<${Entry}
    failed=${failed}
    head=${html`<time>${precise(call.started_ms)}</time> <b>${call.method}</b> <span class="chip">${call.cut ? t("cut") : call.status}</span>
      <span class="took">${duration(call.finished_ms - call.started_ms)}</span><span class="line">${[chat, call.arguments.text ?? call.answer.description].filter(Boolean).join(" · ")}</span>`}
    body=${() => html`<h4>${t("arguments")}</h4><${Json} value=${call.arguments} /><h4>${t("answer")}</h4><${Json} value=${call.answer} />`}
  />`;
});

export const Updates = memo(({ world, updates, pending, onWay }) => {
  const ways = new Set(world.ways.map((one) => one.update_id));
  return html`
    <p class="sum">${t("pending", { count: pending })}</p>
    ${!updates.length && html`<p class="empty">${t("no_updates")}</p>`}
    <ul class="traffic">
      ${updates
        .slice(-SHOWN)
        .reverse()
        .map(({ update, at_ms, confirmed_ms }) => {
          const { kind, who, text } = updateSummary(world, update);
          return html`<${Entry}
            key=${update.update_id}
            head=${html`<time>${precise(at_ms)}</time> <b>${kind}</b> <span class=${classes("chip", confirmed_ms === null && "waiting")}>${confirmed_ms === null ? t("waits") : t("confirmed")}</span>
              ${confirmed_ms !== null && html`<span class="took">${duration(confirmed_ms - at_ms)}</span>`}<span class="line">${who}: ${text}</span>`}
            body=${() => html`${ways.has(update.update_id) && html`<button type="button" class="text-button" onClick=${() => onWay(update.update_id)}>${t("show_way")}</button>`}<${Json} value=${update} />`}
          />`;
        })}
    </ul>
  `;
});

function Entry({ head, body, failed }) {
  const [open, setOpen] = useState(false);
  return html`<li class=${failed ? "failed" : ""}>
    <button type="button" aria-expanded=${open} onClick=${() => setOpen(!open)}>${head}</button>
    ${open && html`<div class="entry-body">${body()}</div>`}
  </li>`;
}

const Json = ({ value }) => html`<pre tabindex="0">${JSON.stringify(value, null, 2)}</pre>`;
