// Switches for what is to go wrong: each is a fault of the stand-in that stays until it is switched off.

import * as acts from "./acts.js";
import { html, useState } from "./dom.js";
import { fullName } from "./people.js";
import { chatName } from "./traffic.js";
import { t } from "./texts.js";

const SWITCHES = [
  { kind: "429", method: "sendMessage", retry_after: 3 },
  { kind: "403", method: "sendMessage" },
  { kind: "5xx", method: "" },
  { kind: "slow", method: "", seconds: 2 },
  { kind: "drop_after_receipt", method: "sendMessage" },
];
const METHODS = ["", "sendMessage", "editMessageText", "answerCallbackQuery", "sendPhoto", "sendMediaGroup", "getFile", "download", "getUpdates", "webhook"];

export function Faults({ world, faults }) {
  const [error, setError] = useState("");
  const able = (promise) => promise.then(() => setError(""), (problem) => setError(problem.message));
  const ours = (kind) => faults.find((one) => one.kind === kind && one.times === null);
  const others = faults.filter((one) => one.times !== null || !SWITCHES.some(({ kind }) => ours(kind) === one));
  return html`
    <p class="sum">${t("faults_about")}</p>
    ${error && html`<p role="alert" class="error">${error}</p>`}
    ${SWITCHES.map((one) => html`<${Switch} key=${one.kind} preset=${one} fault=${ours(one.kind)} people=${[...world.people.values(), ...world.groups.values()]} able=${able} />`)}
    ${others.length > 0 &&
    html`<h3>${t("faults_waiting")}</h3>
      <ul class="traffic">
        ${others.map(
          (one) => html`<li key=${one.id} class="waiting-fault">
            <span><b>${t(`fault_${one.kind}`)}</b> ${one.method ?? t("every_method")} ${chatName(world, one.chat)} ${one.times !== null && `×${one.times}`}</span>
            <button type="button" class="text-button" onClick=${() => able(acts.clearFault(one.id))}>${t("remove")}</button>
          </li>`,
        )}
      </ul>`}
  `;
}

function Switch({ preset, fault, people, able }) {
  const [method, setMethod] = useState(preset.method);
  const [chat, setChat] = useState("");
  const name = t(`fault_${preset.kind}`);
  const now = { method: fault ? (fault.method ?? "") : method, chat: fault ? String(fault.chat ?? "") : chat };
  const begin = () => acts.fault({ ...preset, times: null, method: now.method || null, chat: now.chat ? Number(now.chat) : null });
  const choose = (remember, part, chosen) => {
    remember(chosen);
    if (fault) able(acts.changeFault(fault.id, part));
  };
  return html`<fieldset class="fault">
    <label class="switch">
      <input type="checkbox" role="switch" checked=${Boolean(fault)} onChange=${({ target }) => able(target.checked ? begin() : acts.clearFault(fault.id))} />
      <span class="track" aria-hidden="true"></span> <b>${name}</b>
    </label>
    <p>${t(`fault_${preset.kind}_about`, { seconds: preset.retry_after ?? preset.seconds })}</p>
    <div class="fault-where" role="group" aria-label=${name}>
      <label><span>${t("method")}</span>
        <select value=${now.method} onChange=${({ target }) => choose(setMethod, { method: target.value || null }, target.value)}>
          ${METHODS.map((one) => html`<option value=${one} selected=${one === now.method}>${one || t("every_method")}</option>`)}
        </select></label>
      <label><span>${t("whose_chat")}</span>
        <select value=${now.chat} onChange=${({ target }) => choose(setChat, { chat: target.value ? Number(target.value) : null }, target.value)}>
          <option value="" selected=${now.chat === ""}>${t("everybody")}</option>
          ${people.map((one) => html`<option value=${String(one.id)} selected=${now.chat === String(one.id)}>${one.title ?? fullName(one)}</option>`)}
        </select></label>
    </div>
  </fieldset>`;
}
