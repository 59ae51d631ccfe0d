// The WebSocket by which everything new comes. A lost one is opened again, and goes on after the last thing heard.

const FIRST_DELAY_MS = 300;
const LONGEST_DELAY_MS = 5000;

/** Keep `world` up to date for as long as the page is open. */
export function follow(world) {
  let delay = FIRST_DELAY_MS;
  let waiting = null;
  let socket = null;

  const connect = () => {
    clearTimeout(waiting);
    waiting = null;
    const address = new URL("/sandbox/feed", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (world.run) {
      address.searchParams.set("run", world.run);
      address.searchParams.set("after", String(world.seq));
    }
    socket = new WebSocket(address);
    socket.onopen = () => {
      delay = FIRST_DELAY_MS;
      world.connection(true);
    };
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      for (const entry of Array.isArray(frame) ? frame : [frame]) {
        if (entry.kind === "snapshot") world.begin(entry);
        else if (entry.kind !== "resumed") world.take(entry);
      }
    };
    socket.onclose = () => {
      socket = null;
      world.connection(false);
      waiting = setTimeout(connect, delay);
      delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    };
  };

  const atOnce = () => {
    if (socket === null && waiting !== null) connect();
  };
  addEventListener("online", atOnce);
  // A network that is gone is not noticed by a socket on which nothing is sent.
  addEventListener("offline", () => socket?.close());
  document.addEventListener("visibilitychange", () => document.hidden || atOnce());
  connect();
}
