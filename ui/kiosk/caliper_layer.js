import { html, useRef } from "../shared/html.js";
import { text } from "../shared/text.js";
import { inWords, length, measured, middle, widthAt, widthHandle } from "./calipers.js";
import { toStage } from "./zoom.js";

/** How far an arrow key moves a handle, pixels of the picture; with Shift so many times. */
const STEP = 1;
const LONG_STEP = 10;
/** Room that a label needs to its right, pixels of the screen. */
const LABEL_ROOM = 110;

/**
 * The calipers over a picture, as large on the screen however near the picture is. A handle moves by finger, mouse or
 * arrow keys; Delete takes its caliper away.
 *
 * @param {{ calipers: import("./calipers.js").Caliper[], regions: any[], view: any, size: any, stage: any,
 *   onCalipers: (change: (before: any[]) => any[]) => void }} properties
 */
export function CaliperLayer({ calipers, regions, view, size, stage, onCalipers }) {
  function change(id, how) {
    onCalipers((before) => before.map((caliper) => caliper.id === id ? how(caliper) : caliper));
  }
  const drawn = calipers.filter((caliper) => length(caliper) > 0);
  return html`
    <svg class="calipers" aria-hidden="true">
      ${drawn.map((caliper) => html`<${Drawing} key=${caliper.id} caliper=${caliper} view=${view} />`)}
    </svg>
    ${calipers.map((caliper, place) => {
      const found = measured(caliper, regions);
      const value = "value" in found ? inWords(found) : "";
      const label = text.viewer.caliper(place + 1, caliper.kind);
      return html`
        ${length(caliper) > 0 && html`
          <${Label}
            key=${`label ${caliper.id}`}
            caliper=${caliper}
            view=${view}
            stage=${stage}
            number=${calipers.length > 1 ? place + 1 : undefined}
            value=${value}
          />
        `}
        ${handlesOf(caliper).map(({ name, point, move }) =>
          html`
            <${Handle}
              key=${`${caliper.id} ${name}`}
              label=${`${label}, ${text.viewer.handles[name]}, ${value || text.viewer.noSize}`}
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

function handlesOf(caliper) {
  const ends = [
    { name: "a", point: caliper.a, move: (before, to) => reshaped(before, { a: to }) },
    { name: "b", point: caliper.b, move: (before, to) => reshaped(before, { b: to }) },
  ];
  if (caliper.kind === "distance") return ends;
  return [
    ...ends,
    { name: "width", point: widthHandle(caliper), move: (before, to) => ({ ...before, width: widthAt(before, to) }) },
  ];
}

/** An end moves; an area keeps its width. */
function reshaped(caliper, end) {
  return { ...caliper, ...end };
}

function Drawing({ caliper, view }) {
  const [a, b] = [toStage(view, caliper.a), toStage(view, caliper.b)];
  const marks = [a, b, ...(caliper.kind === "area" ? [toStage(view, widthHandle(caliper))] : [])];
  const shape = (kind) =>
    html`
      ${caliper.kind === "distance"
        ? html`<line class=${kind} x1=${a.x} y1=${a.y} x2=${b.x} y2=${b.y} />`
        : html`<${Ellipse} kind=${kind} caliper=${caliper} view=${view} />`}
      ${marks.map(({ x, y }, n) => html`<path key=${n} class=${kind} d=${`M${x - 7} ${y}h14M${x} ${y - 7}v14`} />`)}
    `;
  return html`<g class=${`caliper-${caliper.kind}`}>${shape("under")}${shape("over")}</g>`;
}

function Ellipse({ kind, caliper, view }) {
  const { x, y } = toStage(view, middle(caliper));
  const angle = Math.atan2(caliper.b.y - caliper.a.y, caliper.b.x - caliper.a.x) * 180 / Math.PI;
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

/** The number, beside the end that is furthest right, or to its left where there is no room. */
function Label({ caliper, view, stage, number, value }) {
  if (value === "" && number === undefined) return null;
  const end = caliper.a.x > caliper.b.x ? caliper.a : caliper.b;
  const { x, y } = toStage(view, end);
  const left = x + LABEL_ROOM > stage.width;
  const style = {
    left: `${left ? x - 18 : x + 18}px`,
    top: `${Math.min(stage.height - 18, Math.max(18, y))}px`,
  };
  return html`
    <output class=${`caliper-label ${left ? "is-left" : ""}`} style=${style}>
      ${number !== undefined && html`<b>${number}</b>`}${value}
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
