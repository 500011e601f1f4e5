import { html, useEffect, useRef, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { type Shown, type ShownProperties, speedInWords } from "./clip.ts";
import { PlayBar } from "./play_bar.ts";

type VideoEvent = Event & { target: HTMLVideoElement };

/** A video that the object holds, as the browser plays it, at the stream's own speed. */
export function useVideo({ image, cine, held, onSize, onFrame, onFailed }: ShownProperties): Shown {
  const video = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [duration, setDuration] = useState(0);
  // a step is a frame of the stream: its length over the frames that the object says it has
  const frameSeconds = duration > 0 && image.frames > 1
    ? duration / image.frames
    : (typeof cine.milliseconds === "number" ? cine.milliseconds : cine.milliseconds[0] ?? 40) / 1000;
  const frame = Math.min(image.frames, Math.floor(at / frameSeconds + 0.01) + 1);

  useEffect(() => {
    if (held) video.current?.pause();
  }, [held]);

  useEffect(() => onFrame(playing ? undefined : frame), [playing, frame]);

  useEffect(() => {
    if (!playing) return;
    let next: number;
    function tick() {
      setAt(video.current?.currentTime ?? 0);
      next = requestAnimationFrame(tick);
    }
    next = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(next);
  }, [playing]);

  function toggle() {
    const element = video.current;
    if (!element) return;
    if (element.paused) element.play().catch(() => {});
    else element.pause();
  }

  function show(n: number) {
    const element = video.current;
    if (!element || duration === 0) return;
    element.pause();
    // the middle of the frame: its edge may be the one before
    element.currentTime = Math.min(duration, (Math.min(image.frames, Math.max(1, n)) - 0.5) * frameSeconds);
  }

  return {
    picture: html`
      <video
        class="viewer-picture"
        ref=${video}
        src=${`/api/instances/${image.uid}/video`}
        preload="auto"
        muted
        loop
        playsinline
        autoplay=${!held && !matchMedia("(prefers-reduced-motion: reduce)").matches}
        onLoadedMetadata=${({ target }: VideoEvent) => {
          setDuration(Number.isFinite(target.duration) ? target.duration : 0);
          onSize({ width: target.videoWidth, height: target.videoHeight });
        }}
        onPlay=${() => setPlaying(true)}
        onPause=${() => setPlaying(false)}
        onSeeked=${({ target }: VideoEvent) => setAt(target.currentTime)}
        onError=${() => onFailed("")}
      ></video>
    `,
    toggle,
    step: (steps: number) => show(frame + steps),
    bar: html`
      <${PlayBar}
        playing=${playing}
        value=${frame}
        least=${1}
        most=${image.frames}
        label=${text.viewer.frame(frame, image.frames)}
        note=${speedInWords(cine)}
        onPlay=${toggle}
        onStep=${(steps: number) => show(frame + steps)}
        onScrub=${show}
      />
    `,
  };
}
