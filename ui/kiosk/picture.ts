import type { Description } from "../../src/web/contract/studies.ts";
import { api, fetchFrame } from "../shared/api.ts";
import { html, useEffect, useMemo, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { inWords } from "../shared/translate.ts";
import { text } from "../shared/text.ts";
import type { Caliper, Kind as CaliperKind } from "./caliper_geometry.ts";
import type { Scale } from "./calipers.ts";
import { type Shown, type ShownProperties, useClip } from "./clip.ts";
import type { Image } from "./day.ts";
import { PictureNotes } from "./picture_notes.ts";
import { type ChangeCalipers, PictureStage } from "./picture_stage.ts";
import { useVideo } from "./video_clip.ts";
import type { Size } from "./zoom.ts";

/** What is taken for granted of an object that the box cannot describe. */
const UNKNOWN: Described = {
  columns: 0,
  rows: 0,
  regions: [],
  assumed: [],
  cine: { milliseconds: 40, source: "" },
};

/** What keys do with the picture that is shown. */
export type Controls = Pick<Shown, "toggle" | "step">;

export interface PictureProperties {
  image: Image;
  tool: CaliperKind | undefined;
  calipers: Caliper[];
  onCalipers: (change: ChangeCalipers) => void;
  onDrawn: () => void;
  onSwipe: (steps: number) => void;
  onFrame: (frame: number | undefined) => void;
  onScale: (scale: Scale) => void;
  onNoPicture: () => void;
  controls: { current: Controls | undefined };
}

type Described =
  & Pick<Description, "columns" | "rows" | "regions" | "scaleDoubt" | "assumed" | "video" | "noPicture" | "coded">
  & Pick<ShownProperties, "cine">;

/** What is shown of an object that is known. */
interface FramedProperties extends PictureProperties {
  description: Described;
  onFailed: (problem: string) => void;
}

/**
 * One object as large as the screen allows: a still, a clip or a video, each with zoom and calipers; in words why
 * where there is nothing to see.
 */
export function Picture({ image, ...rest }: PictureProperties) {
  const [description, setDescription] = useState<Described | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);

  useEffect(() => {
    let gone = false;
    api("GET /api/instances/:uid/description", { uid: image.uid }).catch(() => UNKNOWN).then((found) => {
      if (gone) return;
      setDescription(found);
    });
    return () => {
      gone = true;
    };
  }, [image.uid]);

  if (description === undefined) return html`<div class="picture-waits" aria-busy="true"></div>`;
  const { video, noPicture, coded } = description;
  if (video && !video.playable) {
    return html`<${NoPicture} image=${image} lead=${text.viewer.notPlayable} video=${video} onNoPicture=${rest.onNoPicture} />`;
  }
  if (noPicture !== undefined || problem !== undefined) {
    return html`
      <${NoPicture}
        image=${image}
        lead=${video ? text.viewer.cannotPlay : text.viewer.cannotShow}
        reason=${noPicture === undefined ? problem : inWords(coded ?? {}, noPicture)}
        onNoPicture=${rest.onNoPicture}
        video=${video}
      />
    `;
  }
  const Kind = video ? Video : image.frames > 1 ? Clip : Still;
  return html`<${Kind} image=${image} description=${description} onFailed=${setProblem} ...${rest} />`;
}

function Clip(properties: FramedProperties) {
  return framed(useClip, properties);
}

function Video(properties: FramedProperties) {
  return framed(useVideo, properties);
}

function Still(properties: FramedProperties) {
  return framed(useStill, properties);
}

/** The hook of a kind of picture within the stage that all kinds share. */
function framed(
  useKind: (properties: ShownProperties) => Shown,
  { image, description, onFailed, ...rest }: FramedProperties,
) {
  const { tool, calipers, onCalipers, onDrawn, onSwipe, onFrame, onScale, controls } = rest;
  const [size, setSize] = useState<Size | undefined>(undefined);
  const [frame, setFrame] = useState<number | undefined>(undefined);
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
      <${PictureNotes} assumed=${description.assumed} />
      ${bar}
    </div>
  `;
}

function scaleOf({ regions, scaleDoubt }: Described, calibrated: boolean): Scale {
  if (!calibrated && regions.length > 0) return { regions, doubt: "otherSize" };
  return { regions, ...(scaleDoubt && { doubt: scaleDoubt }) };
}

function useStill({ image, onSize, onFrame, onFailed }: ShownProperties): Shown {
  const [source, setSource] = useState<string | undefined>(undefined);
  const address = useRef<string | undefined>(undefined);

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
    picture: source === undefined ? undefined : html`
      <img
        class="viewer-picture"
        src=${source}
        alt=""
        draggable=${false}
        onLoad=${({ target }: Event & { target: HTMLImageElement }) =>
          onSize({ width: target.naturalWidth, height: target.naturalHeight })}
        onError=${() => onFailed("")}
      />
    `,
    bar: null,
    toggle: () => {},
    step: () => {},
  };
}

/** Why there is nothing to see, and what can be had all the same. */
interface NoPictureProperties {
  image: Image;
  lead: string;
  reason?: string | undefined;
  video: Description["video"];
  onNoPicture: () => void;
}

function NoPicture({ image, lead, reason = "", video, onNoPicture }: NoPictureProperties) {
  useEffect(onNoPicture, []);
  return html`
    <div class="no-picture" role="status">
      ${video && !video.playable
        ? html`<img class="no-picture-poster" src=${`/api/instances/${image.uid}/frames/1?size=800`} alt=${text.viewer.poster} />`
        : icons.image()}
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
