// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { ask, fetchFrame } from "../shared/api.ts";
import { html, useEffect, useMemo, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { said } from "../shared/said.ts";
import { text } from "../shared/text.ts";
import { useClip } from "./clip.ts";
import { PictureStage } from "./picture_stage.ts";
import { useVideo } from "./video_clip.ts";

/** What is taken for granted of an object that the box cannot describe. */
const UNKNOWN = { columns: 0, rows: 0, regions: [], cine: { milliseconds: 40, source: "" } };

/**
 * One object as large as the screen allows: a still, a clip or a video, each with zoom and calipers; in words why
 * where there is nothing to see.
 *
 * @param properties `controls` gets what the keys do: `toggle` and `step`
 */
export function Picture({ image, ...rest }: {
  image: { uid: string; frames: number };
  tool: any;
  calipers: any[];
  onCalipers: any;
  onDrawn: any;
  onSwipe: any;
  onFrame: (frame: number | undefined) => void;
  onScale: (scale: import("./calipers.ts").Scale) => void;
  onNoPicture: () => void;
  controls: { current: any };
}) {
  const [description, setDescription] = useState(undefined);
  const [problem, setProblem] = useState(undefined);

  useEffect(() => {
    let gone = false;
    ask(`/api/instances/${image.uid}/description`).catch(() => UNKNOWN).then((found) => {
      if (gone) return;
      setDescription(found);
    });
    return () => {
      gone = true;
    };
  }, [image.uid]);

  if (description === undefined) return html`<div class="picture-waits" aria-busy="true"></div>`;
  const { video, noPicture } = description;
  if (video && !video.playable) {
    return html`<${NoPicture} image=${image} lead=${text.viewer.notPlayable} video=${video} onNoPicture=${rest.onNoPicture} />`;
  }
  if (noPicture !== undefined || problem !== undefined) {
    return html`
      <${NoPicture}
        image=${image}
        lead=${video ? text.viewer.cannotPlay : text.viewer.cannotShow}
        reason=${noPicture === undefined ? problem : said(noPicture)}
        onNoPicture=${rest.onNoPicture}
        video=${video}
      />
    `;
  }
  const Kind = video ? Video : image.frames > 1 ? Clip : Still;
  return html`<${Kind} image=${image} description=${description} onFailed=${setProblem} ...${rest} />`;
}

function Clip(properties) {
  return framed(useClip, properties);
}

function Video(properties) {
  return framed(useVideo, properties);
}

function Still(properties) {
  return framed(useStill, properties);
}

/** The hook of a kind of picture within the stage that all kinds share. */
function framed(useKind, { image, description, onFailed, ...rest }) {
  const { tool, calipers, onCalipers, onDrawn, onSwipe, onFrame, onScale, controls } = rest;
  const [size, setSize] = useState(undefined);
  const [frame, setFrame] = useState(undefined);
  const { picture, bar, toggle, step } = useKind({
    image,
    cine: description.cine,
    held: tool !== undefined,
    onSize: setSize,
    onFrame: (n) => {
      setFrame(n);
      onFrame(n);
    },
    onFailed,
  });
  controls.current = { toggle, step };
  // calibration counts in the object's own pixels: a picture of another size is not what it is about
  const calibrated = size === undefined || (size.width === description.columns && size.height === description.rows);
  const scale = useMemo(() => scaleOf(description, calibrated), [description, calibrated]);
  useEffect(() => onScale(scale), [scale]);
  return html`
    <div class="picture">
      <${PictureStage}
        size=${size}
        scale=${scale}
        frame=${frame}
        tool=${tool}
        calipers=${calipers}
        onCalipers=${onCalipers}
        onDrawn=${onDrawn}
        onSwipe=${onSwipe}
      >
        ${picture}
      <//>
      ${bar}
    </div>
  `;
}

function scaleOf({ regions, scaleDoubt }, calibrated): import("./calipers.ts").Scale {
  if (!calibrated && regions.length > 0) return { regions, doubt: "otherSize" };
  return { regions, doubt: scaleDoubt };
}

function useStill({ image, onSize, onFrame, onFailed }) {
  const [source, setSource] = useState(undefined);
  const address = useRef(undefined);

  useEffect(() => {
    let gone = false;
    onFrame(1);
    fetchFrame(image.uid, 1).then(({ blob, problem }) => {
      if (gone) return;
      if (!blob) return onFailed(problem);
      address.current = URL.createObjectURL(blob);
      setSource(address.current);
    });
    return () => {
      gone = true;
      if (address.current) URL.revokeObjectURL(address.current);
    };
  }, [image.uid]);

  return {
    picture: source && html`
      <img
        class="viewer-picture"
        src=${source}
        alt=""
        draggable=${false}
        onLoad=${({ target }) => onSize({ width: target.naturalWidth, height: target.naturalHeight })}
        onError=${() => onFailed("")}
      />
    `,
    bar: null,
    toggle: () => {},
    step: () => {},
  };
}

/** Why there is nothing to see, and what can be had all the same. */
function NoPicture({ image, lead, reason = "", video, onNoPicture }) {
  useEffect(onNoPicture, []);
  return html`
    <div class="no-picture" role="status">
      ${icons.image()}
      <p>${lead}</p>
      ${reason && html`<small>${reason}</small>`}
      <div class="no-picture-ways">
        ${video && html`
          <a class="button dark" href=${`/api/instances/${image.uid}/video`} download=${`${image.uid}.${video.extension}`}>
            ${icons.save()}${text.viewer.saveVideo}
          </a>
        `}
        <a class="button dark" href=${`/api/instances/${image.uid}/file`} download>${icons.save()}${text.viewer
          .download}</a>
      </div>
    </div>
  `;
}
