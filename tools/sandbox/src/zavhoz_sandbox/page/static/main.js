import { App } from "./app.js";
import { h, render } from "./dom.js";
import { follow } from "./feed.js";
import { loadTexts } from "./texts.js";
import { World } from "./world.js";

const world = new World();
await loadTexts();
render(h(App, { world }), document.getElementById("app"));
follow(world);
