// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { html, useRef } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { length, middle, widthAt, widthHandle } from "./caliper_geometry.ts";
import { inWords, measured } from "./calipers.ts";
import { toStage } from "./zoom.ts";

/** How far an arrow key moves a handle, pixels of the picture; with Shift so many times. */
const STEP = 1;
const LONG_STEP = 10;
/** Room that a label needs to its right, pixels of the screen. */
const LABEL_ROOM = 190;

/**
 * The calipers over a picture, as large on the screen however near the picture is. A handle moves by finger, mouse or
 * arrow keys; Delete takes its caliper away.
 */
export function CaliperLayer({ calipers, scale, view, size, stage, onCalipers }: {
  calipers: import("./caliper_geometry.ts").Caliper[];
  scale: import("./calipers.ts").Scale;
  view: any;
  size: any;
  stage: any;
  onCalipers: (change: (before: any[]) => any[]) => void;
}) {
  function change(id, how) {
    onCalipers((before) => before.map((caliper) => caliper.id === id ? how(caliper) : caliper));
  }
  const isDrawn = (caliper) => caliper.kind === "trace" || length(caliper) > 0;
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
              onMove=${(to) => change(caliper.id, (before) => move(before, to))}
              onRemove=${() => onCalipers((before) => before.filter(({ id }) => id !== caliper.id))}
            />
          `
        )}
      `;
    })}
  `;
}

/** A number with the name that it goes by, where its unit alone does not tell. */
function sizeInWords(size: import("./calipers.ts").Size) {
  const name = text.viewer.sizeNames[size.unit === "Hz" ? `${size.of}Hz` : size.of] ?? text.viewer.sizeNames[size.of];
  return [name, inWords(size)].filter(Boolean).join(" ");
}

function handlesOf(caliper) {
  const ends = caliper.points.map((point, n) => ({
    name: caliper.kind === "trace"
      ? text.viewer.tracePoint(n + 1)
      : (text.viewer.handles[caliper.kind] ?? text.viewer.handles.ends)[n],
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

function Drawing({ caliper, view }) {
  const points = caliper.points.map((point) => toStage(view, point));
  const marks = [...points, ...(caliper.kind === "area" ? [toStage(view, widthHandle(caliper))] : [])];
  const shape = (kind) =>
    html`
      ${caliper.kind === "area"
        ? html`<${Ellipse} kind=${kind} caliper=${caliper} view=${view} />`
        : html`<polyline class=${kind} points=${points.map(({ x, y }) => `${x},${y}`).join(" ")} />`}
      ${marks.map(({ x, y }, n) => html`<path key=${n} class=${kind} d=${`M${x - 7} ${y}h14M${x} ${y - 7}v14`} />`)}
    `;
  return html`<g class=${`caliper-${caliper.kind}`}>${shape("under")}${shape("over")}</g>`;
}

function Ellipse({ kind, caliper, view }) {
  const { x, y } = toStage(view, middle(caliper));
  const [a, b] = caliper.points;
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
function Label({ caliper, view, stage, number, sizes }) {
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

function Handle({ label, point, view, size, onMove, onRemove }) {
  const held = useRef(undefined);
  const { x, y } = toStage(view, point);
  const within = (to) => ({
    x: Math.min(size.width, Math.max(0, to.x)),
    y: Math.min(size.height, Math.max(0, to.y)),
  });

  function onPointerDown(event) {
    event.stopPropagation();
    event.target.setPointerCapture(event.pointerId);
    held.current = { point, x: event.clientX, y: event.clientY };
  }

  function onPointerMove(event) {
    if (!held.current) return;
    event.stopPropagation();
    const { point, x, y } = held.current;
    onMove(within({
      x: point.x + (event.clientX - x) / view.scale,
      y: point.y + (event.clientY - y) / view.scale,
    }));
  }

  function onPointerUp(event) {
    event.stopPropagation();
    held.current = undefined;
  }

  function onKeyDown(event) {
    const step = event.shiftKey ? LONG_STEP : STEP;
    const [right, down] = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    }[event.key] ?? [0, 0];
    if (right !== 0 || down !== 0) onMove(within({ x: point.x + right, y: point.y + down }));
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
