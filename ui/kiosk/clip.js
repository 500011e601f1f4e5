import { frameAddress } from "../shared/api.js";
import { html, useEffect, useRef, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";

const FRAMES_A_SECOND = 20;
/** Frames asked for at once: enough to keep the box busy, few enough to leave it to others. */
const AT_ONCE = 3;

/**
 * A cine loop: its frames are loaded one after another and then played round and round.
 *
 * @param {{ image: { uid: string, frames: number } }} properties
 */
export function Clip({ image }) {
  const [frame, setFrame] = useState(1);
  const [loaded, setLoaded] = useState(0);
  const [playing, setPlaying] = useState(!matchMedia("(prefers-reduced-motion: reduce)").matches);
  const [failed, setFailed] = useState(false);
  /** @type {{ current: HTMLImageElement[] }} by frame, from 1 */
  const pictures = useRef([]);
  const picture = useRef(null);

  useEffect(() => {
    let gone = false;
    let next = 1;
    async function loadOneAfterAnother() {
      while (!gone && next <= image.frames) {
        const n = next++;
        const loading = new Image();
        loading.src = frameAddress(image.uid, n);
        try {
          await loading.decode();
        } catch {
          if (!gone) setFailed(true);
          return;
        }
        pictures.current[n] = loading;
        if (!gone) setLoaded((count) => count + 1);
      }
    }
    for (let n = 0; n < AT_ONCE; n++) loadOneAfterAnother();
    return () => {
      gone = true;
      pictures.current = [];
    };
  }, [image.uid]);

  const complete = loaded === image.frames;
  useEffect(() => {
    if (!playing || !complete) return;
    const timer = setInterval(() => setFrame((n) => n % image.frames + 1), 1000 / FRAMES_A_SECOND);
    return () => clearInterval(timer);
  }, [playing, complete]);

  useEffect(() => {
    const source = pictures.current[frame];
    const canvas = picture.current;
    if (!source || !canvas) return;
    if (canvas.width !== source.naturalWidth || canvas.height !== source.naturalHeight) {
      canvas.width = source.naturalWidth;
      canvas.height = source.naturalHeight;
    }
    canvas.getContext("2d").drawImage(source, 0, 0);
  }, [frame, loaded]);

  if (failed) return html`<p class="viewer-empty">${text.viewer.cannotShow}</p>`;
  return html`
    <div class="clip">
      <canvas class="viewer-picture" ref=${picture} width="800" height="600"></canvas>
      <div class="clip-bar">
        <button
          class="button dark round"
          aria-label=${playing ? text.viewer.pause : text.viewer.play}
          disabled=${!complete}
          onClick=${() => setPlaying(!playing)}
        >
          ${playing ? icons.pause() : icons.play()}
        </button>
        <input
          type="range"
          min="1"
          max=${image.frames}
          value=${frame}
          disabled=${!complete}
          aria-label=${text.viewer.frame(frame, image.frames)}
          onInput=${(event) => {
            setPlaying(false);
            setFrame(Number(event.target.value));
          }}
        />
        <span class="clip-place">
          ${complete ? text.viewer.frame(frame, image.frames) : text.viewer.loadingClip(loaded, image.frames)}
        </span>
      </div>
    </div>
  `;
}
