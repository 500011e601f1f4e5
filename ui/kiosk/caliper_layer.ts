import { html, useRef } from "../shared/html.ts";
import { text, wordsFor } from "../shared/text.ts";
import { type Caliper, length, middle, type Point, widthAt, widthHandle } from "./caliper_geometry.ts";
import { inWords, measured, type Scale, type Size as Measure } from "./calipers.ts";
import type { ChangeCalipers } from "./picture_stage.ts";
import { type Size, toStage, type View } from "./zoom.ts";

/** How far an arrow key moves a handle, pixels of the picture; with Shift so many times. */
const STEP = 1;
const LONG_STEP = 10;
/** Room that a label needs to its right, pixels of the screen. */
const LABEL_ROOM = 190;

export interface CaliperLayerProperties {
  calipers: Caliper[];
  scale: Scale;
  view: View;
  /** Of the picture, and of the stage it stands on. */
  size: Size;
  stage: Size;
  onCalipers: (change: ChangeCalipers) => void;
}

/**
 * The calipers over a picture, as large on the screen however near the picture is. A handle moves by finger, mouse or
 * arrow keys; Delete takes its caliper away.
 */
export function CaliperLayer({ calipers, scale, view, size, stage, onCalipers }: CaliperLayerProperties) {
  function change(id: number, how: (caliper: Caliper) => Caliper) {
    onCalipers((before) => before.map((caliper) => caliper.id === id ? how(caliper) : caliper));
  }
  const isDrawn = (caliper: Caliper) => caliper.kind === "trace" || length(caliper) > 0;
  const drawn = calipers.filter(isDrawn);
  return html`
    <svg class="calipers" aria-hidden="true">
      ${drawn.map((caliper) => html`<${Drawing} key=${caliper.id} caliper=${caliper} view=${view} />`)}
    </svg>
    ${calipers.map((caliper, place) => {
      const found = caliper.open ? undefined : measured(caliper, scale);
      const sizes = found && "sizes" in found ? found.sizes.map(sizeInWords) : [];
      const label = text.viewer.caliper(place + 1, caliper.kind);
      return html`
        ${isDrawn(caliper) && html`
          <${Label}
            key=${`label ${caliper.id}`}
            caliper=${caliper}
            view=${view}
            stage=${stage}
            number=${calipers.length > 1 ? place + 1 : undefined}
            sizes=${sizes}
          />
        `}
        ${!caliper.open && handlesOf(caliper).map(({ name, point, move }) =>
          html`
            <${Handle}
              key=${`${caliper.id} ${name}`}
              label=${`${label}, ${name}, ${sizes.join(", ") || text.viewer.noSize}`}
              point=${point}
              view=${view}
              size=${size}
              onMove=${(to: Point) => change(caliper.id, (before) => move(before, to))}
              onRemove=${() => onCalipers((before) => before.filter(({ id }) => id !== caliper.id))}
            />
          `
        )}
      `;
    })}
  `;
}

/** A number with the name that it goes by, where its unit alone does not tell. */
function sizeInWords(size: Measure) {
  const names = text.viewer.sizeNames;
  const name = wordsFor(names, size.unit === "Hz" ? `${size.of}Hz` : size.of) ?? wordsFor(names, size.of);
  return [name, inWords(size)].filter(Boolean).join(" ");
}

/** A place at which a caliper is held, and what it is when that place has moved. */
interface Held {
  name: string | undefined;
  point: Point;
  move: (before: Caliper, to: Point) => Caliper;
}

function handlesOf(caliper: Caliper): Held[] {
  const ends: Held[] = caliper.points.map((point, n) => ({
    name: caliper.kind === "trace"
      ? text.viewer.tracePoint(n + 1)
      : (wordsFor(text.viewer.handles, caliper.kind) ?? text.viewer.handles.ends)[n],
    point,
    move: (before, to) => ({ ...before, points: before.points.with(n, to) }),
  }));
  if (caliper.kind !== "area") return ends;
  return [
    ...ends,
    {
      name: text.viewer.handles.ends[2],
      point: widthHandle(caliper),
      move: (before, to) => ({ ...before, width: widthAt(before, to) }),
    },
  ];
}

function Drawing({ caliper, view }: { caliper: Caliper; view: View }) {
  const points = caliper.points.map((point) => toStage(view, point));
  const marks = [...points, ...(caliper.kind === "area" ? [toStage(view, widthHandle(caliper))] : [])];
  const shape = (kind: string) =>
    html`
      ${caliper.kind === "area"
        ? html`<${Ellipse} kind=${kind} caliper=${caliper} view=${view} />`
        : html`<polyline class=${kind} points=${points.map(({ x, y }) => `${x},${y}`).join(" ")} />`}
      ${marks.map(({ x, y }, n) => html`<path key=${n} class=${kind} d=${`M${x - 7} ${y}h14M${x} ${y - 7}v14`} />`)}
    `;
  return html`<g class=${`caliper-${caliper.kind}`}>${shape("under")}${shape("over")}</g>`;
}

function Ellipse({ kind, caliper, view }: { kind: string; caliper: Caliper; view: View }) {
  const { x, y } = toStage(view, middle(caliper));
  const [a, b] = [caliper.points[0]!, caliper.points[1]!];
  const angle = Math.atan2(b.y - a.y, b.x - a.x) * 180 / Math.PI;
  return html`
    <ellipse
      class=${kind}
      cx=${x}
      cy=${y}
      rx=${length(caliper) / 2 * view.scale}
      ry=${caliper.width / 2 * view.scale}
      transform=${`rotate(${angle} ${x} ${y})`}
    />
  `;
}

/** The numbers, beside the end that is furthest right, or to its left where there is no room. */
interface LabelProperties {
  caliper: Caliper;
  view: View;
  stage: Size;
  number: number | undefined;
  sizes: string[];
}

function Label({ caliper, view, stage, number, sizes }: LabelProperties) {
  if (sizes.length === 0 && number === undefined) return null;
  const end = caliper.points.reduce((one, other) => other.x >= one.x ? other : one);
  const { x, y } = toStage(view, end);
  const left = x + LABEL_ROOM > stage.width;
  const style = {
    left: `${left ? x - 18 : x + 18}px`,
    top: `${Math.min(stage.height - 18, Math.max(18, y))}px`,
  };
  return html`
    <output class=${`caliper-label ${left ? "is-left" : ""}`} style=${style}>
      ${number !== undefined && html`<b>${number}</b>`}<span>${sizes.map((size, n) =>
        html`${n > 0 && " · "}<span class="size">${size}</span>`
      )}</span>
    </output>
  `;
}

interface HandleProperties {
  label: string;
  point: Point;
  view: View;
  size: Size;
  onMove: (to: Point) => void;
  onRemove: () => void;
}

/** How far each arrow key moves, in steps. */
const ARROWS: Partial<Record<string, [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function Handle({ label, point, view, size, onMove, onRemove }: HandleProperties) {
  const held = useRef<{ point: Point; x: number; y: number } | undefined>(undefined);
  const { x, y } = toStage(view, point);
  const within = (to: Point) => ({
    x: Math.min(size.width, Math.max(0, to.x)),
    y: Math.min(size.height, Math.max(0, to.y)),
  });

  function onPointerDown(event: PointerEvent) {
    event.stopPropagation();
    if (event.target instanceof Element) event.target.setPointerCapture(event.pointerId);
    held.current = { point, x: event.clientX, y: event.clientY };
  }

  function onPointerMove(event: PointerEvent) {
    if (!held.current) return;
    event.stopPropagation();
    const { point, x, y } = held.current;
    onMove(within({
      x: point.x + (event.clientX - x) / view.scale,
      y: point.y + (event.clientY - y) / view.scale,
    }));
  }

  function onPointerUp(event: PointerEvent) {
    event.stopPropagation();
    held.current = undefined;
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = event.shiftKey ? LONG_STEP : STEP;
    const [right, down] = ARROWS[event.key] ?? [0, 0];
    if (right !== 0 || down !== 0) onMove(within({ x: point.x + right * step, y: point.y + down * step }));
    else if (event.key === "Delete" || event.key === "Backspace") onRemove();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return html`
    <button
      class="caliper-handle"
      aria-label=${label}
      style=${{ left: `${x}px`, top: `${y}px` }}
      onPointerDown=${onPointerDown}
      onPointerMove=${onPointerMove}
      onPointerUp=${onPointerUp}
      onPointerCancel=${onPointerUp}
      onKeyDown=${onKeyDown}
    ></button>
  `;
}
