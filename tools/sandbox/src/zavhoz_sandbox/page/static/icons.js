// Small pictures on buttons; each button has its name besides.

import { html } from "./dom.js";

const PATHS = {
  send: "M3 20.5 21.5 12 3 3.5v6.6L15 12 3 13.9z",
  attach: "M16.5 6.5v10a4.5 4.5 0 0 1-9 0V5.8a3 3 0 0 1 6 0v9.7a1.5 1.5 0 0 1-3 0V7H9v8.5a3 3 0 0 0 6 0V5.8a4.5 4.5 0 0 0-9 0v10.7a6 6 0 0 0 12 0v-10z",
  commands: "M4 6h16v2.2H4zm0 5h16v2.2H4zm0 5h10v2.2H4z",
  more: "M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4m0 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4m0 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4",
  down: "m12 16.5-7-7L6.6 8l5.4 5.4L17.4 8 19 9.5z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  reply: "M10 8V4L3 11l7 7v-4.1c5 0 8.500 1.600 11 5.100-1-5-4-10-11-11",
  play: "M8 5v14l11-7z",
  pause: "M6 5h4v14H6zm8 0h4v14h-4z",
  file: "M6 2h8l6 6v14H6zm7 1.500V9h5.500z",
  pin: "M12 2a7 7 0 0 0-7 7c0 5.200 7 13 7 13s7-7.800 7-13a7 7 0 0 0-7-7m0 9.500a2.500 2.500 0 1 1 0-5 2.500 2.500 0 0 1 0 5",
  keyboard: "M3 6h18v12H3zm2 2v2h2V8zm4 0v2h2V8zm4 0v2h2V8zm4 0v2h2V8zM5 12v2h2v-2zm4 0v2h6v-2zm8 0v2h2v-2z",
  addPerson: "M9 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8m0 2c-3.300 0-7 1.600-7 4v2h14v-2c0-2.400-3.700-4-7-4m10-7v3h3v2h-3v3h-2v-3h-3v-2h3V7z",
  group: "M8 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7m8 0a3 3 0 1 0 0-6 3 3 0 0 0 0 6M8 13c-3 0-6.500 1.500-6.500 4v2h13v-2c0-2.500-3.500-4-6.500-4m8 0c-.400 0-.900 0-1.300.100 1 .900 1.800 2.200 1.800 3.900v2h6v-2c0-2.500-3.500-4-6.500-4",
  hood: "M3 5h18v2H3zm2 4h8v2H5zm6 4h8v2h-8zm-6 4h10v2H5z",
  theme: "M12 3a9 9 0 1 0 0 18zm0-2a11 11 0 1 1 0 22 11 11 0 0 1 0-22",
  pencil: "M4 17.200V20h2.800l9.400-9.400-2.800-2.800zM19.700 7 17 4.300l-2 2L17.700 9z",
  trash: "M7 6V4h10v2h4v2h-2l-1 13H6L5 8H3V6z",
  qr: "M3 3h8v8H3zm2 2v4h4V5zm8-2h8v8h-8zm2 2v4h4V5zM3 13h8v8H3zm2 2v4h4v-4zm8-2h3v3h-3zm5 0h3v3h-3zm-5 5h3v3h-3zm5 0h3v3h-3z",
  photo: "M4 5h4l1.500-2h5L16 5h4v14H4zm8 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8",
  voice: "M12 15a3.500 3.500 0 0 0 3.500-3.500v-5a3.500 3.500 0 0 0-7 0v5A3.500 3.500 0 0 0 12 15m-6-3.500a6 6 0 0 0 12 0h-1.800a4.200 4.200 0 0 1-8.400 0zM11 18h2v4h-2z",
  check: "m9 16.200-3.500-3.500L4 14.100l5 5L20 8l-1.400-1.400z",
  offline: "M12 4c3.800 0 7.200 1.400 9.900 3.700L12 20 2.100 7.700A15 15 0 0 1 12 4m1 4h-2v5h2zm0 6.500h-2v2h2z",
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
