// Files, places and albums in a message, as Telegram shows them.

import { fileUrl } from "./acts.js";
import { html, useEffect, useRef, useState } from "./dom.js";
import { Icon } from "./icons.js";
import { size, t } from "./texts.js";

const WIDEST = 300;
const TALLEST = 340;

/** What is shown of a message beside its text; `onPhoto(message)` opens a picture. */
export function Media({ message, onPhoto }) {
  if (message.photo) return html`<${Photo} message=${message} onPhoto=${onPhoto} />`;
  if (message.video) return html`<${Video} video=${message.video} />`;
  if (message.video_note) return html`<${RoundVideo} video=${message.video_note} />`;
  if (message.voice) return html`<${Sound} sound=${message.voice} label=${t("kind_voice")} />`;
  if (message.audio) {
    const { title, performer, file_name } = message.audio;
    return html`<${Sound} sound=${message.audio} label=${title ?? file_name ?? t("kind_audio")} note=${performer} />`;
  }
  if (message.document) return html`<${File} file=${message.document} />`;
  if (message.location) return html`<${Place} place=${message.location} />`;
  return null;
}

/** The box a picture takes before it is there, so that nothing moves when it comes. */
function box(width, height) {
  const scale = Math.min(WIDEST / width, TALLEST / height, 1);
  return `width:${Math.max(96, Math.round(width * scale))}px;aspect-ratio:${width}/${height}`;
}

function Photo({ message, onPhoto }) {
  const { file_id, width, height } = message.photo.at(-1);
  return html`<button type="button" class="photo" style=${box(width, height)} aria-label=${t("open_photo")} onClick=${() => onPhoto(message)}>
    <img src=${fileUrl(file_id)} alt=${message.caption ?? t("kind_photo")} loading="lazy" decoding="async" />
  </button>`;
}

function Video({ video }) {
  return html`<video
    class="video"
    style=${box(video.width ?? 640, video.height ?? 480)}
    src=${fileUrl(video.file_id)}
    controls
    preload="metadata"
    aria-label=${t("kind_video")}
  ></video>`;
}

function RoundVideo({ video }) {
  const player = useRef(null);
  const [playing, setPlaying] = useState(false);
  const toggle = () => (player.current.paused ? player.current.play() : player.current.pause());
  return html`<button type="button" class="round-video" aria-label=${t(playing ? "pause" : "play_round")} onClick=${toggle}>
    <video
      ref=${player}
      src=${fileUrl(video.file_id)}
      preload="metadata"
      playsinline
      onPlay=${() => setPlaying(true)}
      onPause=${() => setPlaying(false)}
      onEnded=${() => setPlaying(false)}
    ></video>
    ${!playing && html`<span class="round-play"><${Icon} name="play" /></span>`}
  </button>`;
}

const BARS = 34;

function Sound({ sound, label, note }) {
  const player = useRef(null);
  const [playing, setPlaying] = useState(false);
  const [part, setPart] = useState(0);
  useEffect(() => () => player.current?.pause(), []);
  const toggle = () => (player.current.paused ? player.current.play() : player.current.pause());
  return html`<div class="sound">
    <button type="button" class="round" aria-label=${`${t(playing ? "pause" : "play")}: ${label}`} onClick=${toggle}>
      <${Icon} name=${playing ? "pause" : "play"} />
    </button>
    <div class="sound-body">
      <span class="wave" aria-hidden="true">
        ${waveform(sound.file_unique_id).map((height, at) => html`<i class=${at / BARS < part ? "on" : ""} style=${`height:${height}px`}></i>`)}
      </span>
      <small>${note ? `${note}, ` : ""}${minutes(sound.duration)}${sound.file_size ? `, ${size(sound.file_size)}` : ""}</small>
    </div>
    <audio
      ref=${player}
      src=${fileUrl(sound.file_id)}
      preload="none"
      onPlay=${() => setPlaying(true)}
      onPause=${() => setPlaying(false)}
      onEnded=${() => (setPlaying(false), setPart(0))}
      onTimeUpdate=${({ target }) => setPart(target.duration ? target.currentTime / target.duration : 0)}
    ></audio>
  </div>`;
}

const minutes = (seconds = 0) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;

/** The Bot API has no waveform; these bars stand for one, the same for a file each time. */
function waveform(id) {
  let seed = [...id].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7);
  return Array.from({ length: BARS }, (_, at) => {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
    return 4 + Math.round((seed / 2 ** 32) * 14 * Math.sin((Math.PI * (at + 1)) / (BARS + 1)));
  });
}

function File({ file }) {
  const name = file.file_name ?? t("kind_document");
  return html`<a class="file" href=${fileUrl(file.file_id)} download=${name}>
    <span class="round"><${Icon} name="file" /></span>
    <span class="file-body"><b>${name}</b><small>${size(file.file_size ?? 0)}</small></span>
  </a>`;
}

function Place({ place: { latitude, longitude } }) {
  const where = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return html`<div class="place" role="img" aria-label=${`${t("kind_location")}: ${where}`}>
    <span class="pin"><${Icon} name="pin" /></span>
    <small>${where}</small>
  </div>`;
}

/** Photos and videos that were sent together, in rows that fill the width. */
export function Album({ messages, onPhoto }) {
  const rows = [];
  for (let left = messages.length, at = 0; left > 0; ) {
    const count = left === 4 ? 2 : left <= 3 ? left : 3;
    rows.push(messages.slice(at, at + count));
    at += count;
    left -= count;
  }
  if (rows[0]?.length === 3 && rows.length === 1) rows.splice(0, 1, [messages[0]], messages.slice(1));
  return html`<div class="album">
    ${rows.map(
      (row) => html`<div class="album-row">
        ${row.map(
          (one) => html`<div class="album-part" key=${one.message_id}>
            ${one.photo
              ? html`<button type="button" class="photo" aria-label=${t("open_photo")} onClick=${() => onPhoto(one)}>
                  <img src=${fileUrl(one.photo.at(-1).file_id)} alt=${one.caption ?? t("kind_photo")} loading="lazy" decoding="async" />
                </button>`
              : html`<video class="video" src=${fileUrl(one.video.file_id)} controls preload="metadata" aria-label=${t("kind_video")}></video>`}
          </div>`,
        )}
      </div>`,
    )}
  </div>`;
}
