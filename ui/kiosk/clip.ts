import type { Description } from "../../src/web/contract/studies.ts";
import { html, useEffect, useRef, useState, type VNode } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import type { Image } from "./day.ts";
import { Frames } from "./frames.ts";
import { firstPlayed, nextPlayed } from "./loop_order.ts";
import { PlayBar } from "./play_bar.ts";
import type { Size } from "./zoom.ts";

/** Frames shown for less than this would come faster than screens change: only of such are some left out. */
const SCREEN_MILLISECONDS = 1000 / 60;

type Cine = Pick<Description["cine"], "milliseconds" | "source" | "trim" | "sweeping">;

/** What is to be shown, and who hears of it. */
export interface ShownProperties {
  image: Image;
  cine: Cine;
  /** It stands still. */
  held: boolean;
  onSize: (size: Size) => void;
  /** Is told the frame that stands, undefined while it plays. */
  onFrame: (frame: number | undefined) => void;
  onFailed: (problem: string) => void;
}

/** An object as it is shown: its picture, what stands below it, and what keys do. */
export interface Shown {
  picture: VNode | undefined;
  bar: VNode | null;
  toggle: () => void;
  step: (steps: number) => void;
}

/**
 * A cine loop at the object's own speed, playing from its first frames on while the others load.
 *
 * Every frame is shown, in order; where the box or the screen is too slow the loop slows down.
 */
export function useClip({ image, cine, held, onSize, onFrame, onFailed }: ShownProperties): Shown {
  const [frame, setFrame] = useState(() => firstPlayed(cine));
  const [playing, setPlaying] = useState(!held && !matchMedia("(prefers-reduced-motion: reduce)").matches);
  const [, redraw] = useState(0);
  const canvas = useRef<HTMLCanvasElement>(null);
  const frames = useRef<Frames | undefined>(undefined);
  const drawn = useRef(0);
  // at once, where the state waits for the page to be drawn: no frame may come after a pause
  const going = useRef(false);

  useEffect(() => {
    const loading = new Frames(image.uid, image.frames, () => {
      if (loading.failure !== undefined) onFailed(loading.failure);
      redraw((n) => n + 1);
    });
    frames.current = loading;
    return () => loading.stop();
  }, [image.uid]);

  useEffect(() => {
    if (held) pause();
  }, [held]);

  /** Draws a frame where it is ready; says whether it was. */
  function draw(n: number): boolean {
    frames.current?.seek(n);
    const bitmap = frames.current?.ready(n);
    const target = canvas.current;
    if (!target) return false;
    if (frames.current?.problemOf(n) !== undefined) {
      // the note says why; nothing of the frame before it stays in its place
      target.getContext("2d")!.clearRect(0, 0, target.width, target.height);
      target.dataset.frame = String(n);
      drawn.current = n;
      return true;
    }
    if (!bitmap) return false;
    if (target.width !== bitmap.width || target.height !== bitmap.height) {
      target.width = bitmap.width;
      target.height = bitmap.height;
    }
    target.getContext("2d")!.drawImage(bitmap, 0, 0);
    target.dataset.frame = String(n);
    if (drawn.current === 0) onSize({ width: bitmap.width, height: bitmap.height });
    drawn.current = n;
    return true;
  }

  // the frame that stands, as soon as it is there
  useEffect(() => {
    if (drawn.current !== frame && (!playing || drawn.current === 0)) draw(frame);
  });

  useEffect(() => onFrame(playing ? undefined : frame), [playing, frame]);

  useEffect(() => {
    if (!playing) return;
    going.current = true;
    let shown = { frame: drawn.current || firstPlayed(cine), step: 1 };
    let due = performance.now() + durationOf(cine, shown.frame);
    let next: number;
    function tick(now: number) {
      if (!going.current) return;
      next = requestAnimationFrame(tick);
      if (now < due) return;
      let after = shown;
      do {
        after = nextPlayed(after, image.frames, cine);
        due += durationOf(cine, after.frame);
      } while (due < now && durationOf(cine, after.frame) < SCREEN_MILLISECONDS);
      if (!draw(after.frame)) {
        // not there yet: wait for it, and go on from there at the same speed
        due = now;
        return;
      }
      due = Math.max(due, now);
      shown = after;
      setFrame(after.frame);
    }
    next = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(next);
  }, [playing]);

  function pause() {
    going.current = false;
    setPlaying(false);
  }

  function toggle() {
    if (playing) pause();
    else setPlaying(true);
  }

  function show(n: number) {
    pause();
    setFrame((n - 1 + image.frames) % image.frames + 1);
  }

  const loading = frames.current;
  const problem = loading?.problemOf(frame);
  const waiting = loading !== undefined && loading.loaded < loading.wanted;
  return {
    picture: html`<canvas class="viewer-picture" ref=${canvas} width="800" height="600"></canvas>`,
    toggle,
    step: (steps: number) => show(frame + steps),
    bar: html`
      <${PlayBar}
        playing=${playing}
        value=${frame}
        least=${1}
        most=${image.frames}
        label=${text.viewer.frame(frame, image.frames)}
        note=${problem !== undefined
          ? text.viewer.frameFailed(frame, problem)
          : waiting
          ? text.viewer.loadingClip(loading.loaded, loading.wanted)
          : speedInWords(cine)}
        onPlay=${toggle}
        onStep=${(steps: number) => show(frame + steps)}
        onScrub=${show}
      />
    `,
  };
}

/** How long frame `n` is shown, milliseconds. */
function durationOf({ milliseconds }: Cine, n: number) {
  return typeof milliseconds === "number" ? milliseconds : milliseconds[n - 1] ?? milliseconds.at(-1) ?? 40;
}

/** Frames a second, and whether the object says so itself. */
export function speedInWords({ milliseconds, source }: Cine) {
  const usual = typeof milliseconds === "number"
    ? milliseconds
    : milliseconds.reduce((sum, one) => sum + one, 0) / milliseconds.length;
  const rate = 1000 / usual;
  const shown = rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
  return source === "" ? text.viewer.speedAssumed(shown) : text.viewer.speed(shown);
}
