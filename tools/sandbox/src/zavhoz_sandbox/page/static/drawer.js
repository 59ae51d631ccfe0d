// Under the hood: the way of a message through the services, calls, updates, and what is to go wrong.

import { classes, html, useEffect, useRef } from "./dom.js";
import { Calls, Updates } from "./traffic.js";
import { Faults } from "./faults.js";
import { prefs, remember } from "./prefs.js";
import { t } from "./texts.js";
import { Way } from "./way.js";

const TABS = ["way", "calls", "updates", "faults"];

export function Drawer({ world, wanted, onWanted }) {
  const tab = TABS.includes(prefs.tab) ? prefs.tab : TABS[0];
  const bar = useRef(null);
  const counts = { updates: world.pending, faults: world.faults.length };
  const onKeyDown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (TABS.indexOf(tab) + step + TABS.length) % TABS.length;
    remember({ tab: TABS[next] });
    bar.current.children[next].focus();
  };
  useEffect(() => {
    const away = (event) => event.key === "Escape" && event.target.closest?.(".drawer") && remember({ drawer: false });
    addEventListener("keydown", away);
    return () => removeEventListener("keydown", away);
  }, []);
  return html`<aside class="drawer" aria-label=${t("under_the_hood")}>
    <div class="drawer-tabs" role="tablist" aria-label=${t("under_the_hood")} ref=${bar} onKeyDown=${onKeyDown}>
      ${TABS.map(
        (one) => html`<button type="button" role="tab" key=${one} id=${`tab-${one}`} aria-controls="drawer-panel" aria-selected=${one === tab} tabindex=${one === tab ? 0 : -1} onClick=${() => remember({ tab: one })}>
          ${t(`tab_${one}`)} ${counts[one] > 0 && html`<span class=${classes("badge", one === "faults" && "bad")}>${counts[one]}</span>`}
        </button>`,
      )}
    </div>
    <div class="drawer-panel" role="tabpanel" id="drawer-panel" aria-labelledby=${`tab-${tab}`} tabindex="0">
      ${tab === "way" && html`<${Way} world=${world} wanted=${wanted} onWanted=${onWanted} />`}
      ${tab === "calls" && html`<${Calls} world=${world} calls=${world.calls} />`}
      ${tab === "updates" && html`<${Updates} world=${world} updates=${world.updates} pending=${world.pending} onWay=${(id) => (onWanted({ update_id: id }), remember({ tab: "way" }))} />`}
      ${tab === "faults" && html`<${Faults} world=${world} faults=${world.faults} />`}
    </div>
  </aside>`;
}
