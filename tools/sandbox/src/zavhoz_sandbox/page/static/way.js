// The way of one update through the services, from its trace: who had it, and for how many milliseconds.

import { classes, html, useEffect, useState } from "./dom.js";
import { updateSummary } from "./traffic.js";
import { duration, precise, t } from "./texts.js";

export function Way({ world, wanted, onWanted }) {
  const [chosenEnd, setChosenEnd] = useState(null);
  const way = choose(world, wanted);
  useEffect(() => setChosenEnd(null), [way?.trace]);
  if (!world.ways.length) return html`<p class="empty">${t("no_ways")}</p>`;
  const list = [...world.ways].reverse();
  if (!way) return html`<p class="empty">${t("no_way_of_this")}</p><${List} world=${world} ways=${list} onWanted=${onWanted} />`;
  const ends = [...way.ends].sort((a, b) => b.total_ms - a.total_ms);
  const end = ends.find((one) => one.call === chosenEnd) ?? ends[0];
  return html`
    <div class="way-head">
      <h3>${about(world, way)}</h3>
      <small>${precise(way.started_ms)} · ${t("trace")} <code>${way.trace.slice(0, 8)}</code></small>
    </div>
    ${end &&
    html`<div class="ends" role="group" aria-label=${t("ends_with")}>
        ${ends.map((one, at) => html`<button type="button" key=${at} aria-pressed=${one === end} onClick=${() => setChosenEnd(one.call)}>${one.call} <small>${duration(one.total_ms)}</small></button>`)}
      </div>
      <${Chart} end=${end} />`}
    <${List} world=${world} ways=${list} chosen=${way} onWanted=${onWanted} />
  `;
}

/** The one that was asked for, else the newest that ends somewhere. */
function choose(world, wanted) {
  if (wanted?.update_id) return world.ways.find((one) => one.update_id === wanted.update_id);
  if (wanted?.message) {
    const { chat, message_id } = wanted.message;
    const update = world.updates.findLast(({ update: { message } }) => message?.chat.id === chat.id && message.message_id === message_id);
    return update && world.ways.find((one) => one.update_id === update.update.update_id);
  }
  return world.ways.findLast((one) => one.ends.length) ?? world.ways.at(-1);
}

function about(world, way) {
  const found = world.updates.findLast(({ update }) => update.update_id === way.update_id);
  if (!found) return way.what;
  const { who, text } = updateSummary(world, found.update);
  return `${who}: ${text}`;
}

function Chart({ end }) {
  const lanes = [...new Set(end.hops.map((hop) => hop.who))];
  const percent = (ms) => `${(100 * ms) / Math.max(end.total_ms, 0.001)}%`;
  return html`
    <div class="chart" aria-hidden="true">
      ${lanes.map(
        (lane) => html`<div class="lane" key=${lane}>
          <span>${lane}</span>
          <div class="track">
            ${end.hops
              .filter((hop) => hop.who === lane)
              .map((hop) => html`<i class=${classes("hop", `of-${lane.toLowerCase()}`)} style=${`left:${percent(hop.from_ms)};width:max(2px,${percent(hop.ms)})`} title=${`${hop.what}: ${duration(hop.ms)}`}></i>`)}
          </div>
        </div>`,
      )}
    </div>
    <table class="hops">
      <caption class="visually-hidden">${t("hops")}</caption>
      <thead><tr><th scope="col">${t("hop_who")}</th><th scope="col">${t("hop_what")}</th><th scope="col">${t("hop_took")}</th></tr></thead>
      <tbody>
        ${end.hops.map((hop, at) => html`<tr key=${at}><th scope="row"><i class=${classes("dot", `of-${hop.who.toLowerCase()}`)}></i>${hop.who}</th><td>${hop.what}</td><td>${duration(hop.ms)}</td></tr>`)}
      </tbody>
      <tfoot><tr><th scope="row">${t("all_together")}</th><td>${t("until_call", { call: end.call })}</td><td>${duration(end.total_ms)}</td></tr></tfoot>
    </table>
  `;
}

function List({ world, ways, chosen, onWanted }) {
  return html`<h3>${t("newest_ways")}</h3>
    <ul class="traffic">
      ${chosen && html`<li><button type="button" onClick=${() => onWanted(null)}><b>${t("follow_newest")}</b></button></li>`}
      ${ways.map((way) => {
        const longest = Math.max(0, ...way.ends.map((one) => one.total_ms));
        return html`<li key=${way.trace}>
          <button type="button" aria-current=${way === chosen ? "true" : undefined} onClick=${() => onWanted({ update_id: way.update_id })}>
            <time>${precise(way.started_ms)}</time> <span class="line">${about(world, way)}</span>
            ${way.ends.length > 0 && html`<span class="took">${duration(longest)}</span>`}
          </button>
        </li>`;
      })}
    </ul>`;
}
