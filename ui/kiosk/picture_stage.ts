import { type ComponentChildren, html, useEffect, useLayoutEffect, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { CaliperLayer } from "./caliper_layer.ts";
import { type Caliper, type Kind, length, type Point } from "./caliper_geometry.ts";
import type { Scale } from "./calipers.ts";
import { fitted, isZoomed, type Size, toPicture, toStage, type View, within, zoomed } from "./zoom.ts";

/** Pixels of the screen that a finger moves without meaning it. */
const STILL = 8;
/** How near to a point a finger means it, pixels. */
const FINGER = 16;
/** How far a swipe goes, pixels. */
const SWIPE = 60;
/** Two taps within this time, in milliseconds, are one double tap. */
const DOUBLE_TAP = 350;
const DOUBLE_TAP_ZOOM = 2.5;
/** How wide an area is drawn at first, for its length. */
const FIRST_WIDTH = 0.7;

/** What becomes of the calipers: events come faster than pages are drawn, so each goes on from those before. */
export type ChangeCalipers = (before: Caliper[]) => Caliper[];

export interface PictureStageProperties {
  /** Of the picture in pixels; undefined until it is known. */
  size: Size | undefined;
  scale: Scale;
  /** The one that stands; undefined while it plays. */
  frame: number | undefined;
  tool: Kind | undefined;
  calipers: Caliper[];
  onCalipers: (change: ChangeCalipers) => void;
  onDrawn: () => void;
  onSwipe: (steps: number) => void;
  children: ComponentChildren;
}

/** What the fingers are doing. */
type Gesture =
  | { kind: "pinch"; centre: Point; spread: number }
  | { kind: "draw"; id: number; from: Point; fresh: boolean }
  | { kind: "pan" | "swipe"; from: Point; at: Point; moved: boolean };

/** How a picture is placed: undefined until its size and the stage's are known. */
interface Placed {
  view: View;
  near: boolean;
  size: Size;
  stage: Size;
}

/**
 * A picture to look at closely: two fingers or the wheel zoom, one finger moves it when zoomed and swipes when not, a
 * double tap goes in and back out. With a tool in hand, a finger draws a caliper; a trace gets a point with every tap, and
 * ends where its last point is tapped or the tool is put back.
 */
export function PictureStage(
  { size, scale, frame, tool, calipers, onCalipers, onDrawn, onSwipe, children }: PictureStageProperties,
) {
  const element = useRef<HTMLDivElement>(null);
  const [stage, setStage] = useState<Size | undefined>(undefined);
  /** undefined while the whole picture is fitted */
  const [zoom, setZoom] = useState<View | undefined>(undefined);
  const [aside, setAside] = useState(0);
  const pointers = useRef(new Map<number, Point>());
  /** what the fingers are doing */
  const gesture = useRef<Gesture | undefined>(undefined);
  const lastTap = useRef({ at: -Infinity, x: 0, y: 0 });
  /** The id of a caliper that further points are to be set of. */
  const open = useRef<number | undefined>(undefined);

  useLayoutEffect(() => {
    const measure = () => {
      const { width, height } = element.current!.getBoundingClientRect();
      if (width > 0 && height > 0) setStage({ width, height });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    measure();
    return () => observer.disconnect();
  }, []);

  const placed = placedNow(size, stage, zoom);
  // events come faster than pages are drawn: each goes on from what the one before it made
  const current = useRef<{ placed: Placed | undefined; frame: number | undefined }>({ placed, frame });
  current.current = { placed, frame };

  function look(next: View) {
    const now = current.current.placed;
    if (!now) return;
    const kept = isZoomed(next, now.size, now.stage) ? next : undefined;
    current.current.placed = { ...now, view: kept ?? fitted(now.size, now.stage), near: kept !== undefined };
    setZoom(kept);
  }

  useEffect(() => {
    // React to the wheel in place of the page: listeners that may prevent it must say so
    const wheel = (event: WheelEvent) => {
      if (!current.current.placed) return;
      event.preventDefault();
      const { view, size, stage } = current.current.placed;
      const lines = event.deltaMode === 1 ? event.deltaY * 24 : event.deltaY;
      look(zoomed(view, Math.exp(-lines / 400), placeOf(event), size, stage));
    };
    const target = element.current!;
    target.addEventListener("wheel", wheel, { passive: false });
    return () => target.removeEventListener("wheel", wheel);
  }, []);

  // a caliper is of one frame and goes on only with its tool in hand
  useEffect(() => {
    if (tool === undefined) endOpen();
  }, [tool]);
  useEffect(endOpen, [frame]);

  /** A trace that has enough points ends; a caliper whose second end was never set goes. */
  function endOpen() {
    if (open.current === undefined) return;
    const id = open.current;
    open.current = undefined;
    onCalipers((before) =>
      before.flatMap((caliper) => {
        if (caliper.id !== id) return [caliper];
        return caliper.kind === "trace" && caliper.points.length > 2 ? [{ ...caliper, open: false }] : [];
      })
    );
  }

  function placeOf({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = element.current!.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  /** The point of the picture under one of the stage; no point lies outside of it. */
  function pointOf({ view, size }: Placed, place: Point): Point {
    const { x, y } = toPicture(view, place);
    return { x: Math.min(size.width, Math.max(0, x)), y: Math.min(size.height, Math.max(0, y)) };
  }

  function remove(id: number) {
    onCalipers((before) => before.filter((caliper) => caliper.id !== id));
  }

  function setEnd(id: number, end: Point) {
    onCalipers((before) =>
      before.map((caliper) => {
        if (caliper.id !== id) return caliper;
        const points = caliper.points.with(-1, end);
        return { ...caliper, points, width: length({ points }) * FIRST_WIDTH };
      })
    );
  }

  /** A further point of the trace that is being drawn; its last one tapped again is its end. */
  function traceOn(now: Placed, id: number, place: Point) {
    const points = calipers.find((caliper) => caliper.id === id)?.points;
    const latest = points?.at(-1);
    if (points === undefined || latest === undefined) return;
    const last = toStage(now.view, latest);
    if (points.length > 2 && Math.hypot(place.x - last.x, place.y - last.y) <= FINGER) return onDrawn();
    const point = pointOf(now, place);
    onCalipers((before) =>
      before.map((caliper) => caliper.id === id ? { ...caliper, points: [...caliper.points, point] } : caliper)
    );
    gesture.current = { kind: "draw", id, from: place, fresh: false };
  }

  function takeBack(id: number) {
    onCalipers((before) =>
      before.map((caliper) => caliper.id === id ? { ...caliper, points: caliper.points.slice(0, -1) } : caliper)
    );
  }

  function spreadOf(): { centre: Point; spread: number } {
    const [one = { x: 0, y: 0 }, other = one] = pointers.current.values();
    return {
      centre: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 },
      spread: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)),
    };
  }

  function onPointerDown(event: PointerEvent) {
    const { placed: now, frame } = current.current;
    if (!now || (event.pointerType === "mouse" && event.button !== 0)) return;
    const place = placeOf(event);
    element.current?.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, place);
    if (pointers.current.size === 2) {
      // a second finger means zoom, not the caliper or the point that the first began
      if (gesture.current?.kind === "draw" && gesture.current.fresh) {
        remove(gesture.current.id);
        open.current = undefined;
      } else if (gesture.current?.kind === "draw" && tool === "trace") {
        takeBack(gesture.current.id);
      }
      setAside(0);
      gesture.current = { kind: "pinch", ...spreadOf() };
      return;
    }
    if (pointers.current.size > 2) return;
    if (tool !== undefined && frame !== undefined) {
      const point = pointOf(now, place);
      if (open.current !== undefined && tool === "trace") return traceOn(now, open.current, place);
      if (open.current !== undefined) {
        setEnd(open.current, point);
        gesture.current = { kind: "draw", id: open.current, from: place, fresh: false };
        return;
      }
      const id = newId();
      onCalipers((before) => [
        ...before,
        {
          ...{ id, kind: tool, frame, width: 0, open: tool === "trace" },
          points: tool === "trace" ? [point] : [point, point],
        },
      ]);
      if (tool === "trace") open.current = id;
      gesture.current = { kind: "draw", id, from: place, fresh: true };
      return;
    }
    gesture.current = { kind: now.near ? "pan" : "swipe", from: place, at: place, moved: false };
  }

  function onPointerMove(event: PointerEvent) {
    const { placed: now } = current.current;
    if (!pointers.current.has(event.pointerId) || !now) return;
    const place = placeOf(event);
    pointers.current.set(event.pointerId, place);
    const doing = gesture.current;
    if (doing?.kind === "pinch" && pointers.current.size >= 2) {
      const { centre, spread } = spreadOf();
      const { view, size, stage } = now;
      const moved = { ...view, x: view.x + centre.x - doing.centre.x, y: view.y + centre.y - doing.centre.y };
      look(zoomed(moved, spread / doing.spread, centre, size, stage));
      gesture.current = { kind: "pinch", centre, spread };
      return;
    }
    if (doing?.kind === "draw") {
      setEnd(doing.id, pointOf(now, place));
      return;
    }
    if (doing?.kind !== "pan" && doing?.kind !== "swipe") return;
    doing.moved ||= Math.hypot(place.x - doing.from.x, place.y - doing.from.y) > STILL;
    if (!doing.moved) return;
    if (doing.kind === "swipe") {
      setAside(place.x - doing.from.x);
    } else {
      const { view, size, stage } = now;
      look(within({ ...view, x: view.x + place.x - doing.at.x, y: view.y + place.y - doing.at.y }, size, stage));
      doing.at = place;
    }
  }

  function onPointerUp(event: PointerEvent) {
    if (!pointers.current.delete(event.pointerId)) return;
    const doing = gesture.current;
    const place = placeOf(event);
    if (doing?.kind === "pinch") {
      const [left] = pointers.current.values();
      gesture.current = left && current.current.placed?.near
        ? { kind: "pan", from: left, at: left, moved: true }
        : undefined;
      return;
    }
    gesture.current = undefined;
    setAside(0);
    if (doing === undefined || event.type === "pointercancel") return;
    if (doing.kind === "draw" && tool === "trace") return;
    if (doing.kind === "draw") {
      // a tap sets the first end and waits for another tap; a drag sets both
      const dragged = Math.hypot(place.x - doing.from.x, place.y - doing.from.y) > STILL;
      if (doing.fresh && !dragged) {
        open.current = doing.id;
      } else {
        open.current = undefined;
        onDrawn();
      }
      return;
    }
    const across = place.x - doing.from.x;
    if (doing.kind === "swipe" && Math.abs(across) > SWIPE) return onSwipe(across < 0 ? 1 : -1);
    if (!doing.moved) tapped(place, event.timeStamp);
  }

  /** @param now when the finger left, however late that is heard here */
  function tapped(place: Point, now: number) {
    const { at, x, y } = lastTap.current;
    const again = now - at < DOUBLE_TAP && Math.hypot(place.x - x, place.y - y) < 40;
    lastTap.current = { at: again ? -Infinity : now, ...place };
    if (!again || !current.current.placed) return;
    const { view, near, size, stage } = current.current.placed;
    look(near ? fitted(size, stage) : zoomed(view, DOUBLE_TAP_ZOOM, place, size, stage));
  }

  const shown = frame === undefined ? [] : calipers.filter((caliper) => caliper.frame === frame);
  return html`
    <div
      class="picture-stage"
      ref=${element}
      data-tool=${tool}
      data-near=${placed?.near ?? false}
      onPointerDown=${onPointerDown}
      onPointerMove=${onPointerMove}
      onPointerUp=${onPointerUp}
      onPointerCancel=${onPointerUp}
    >
      <div
        class="picture-place"
        data-placed=${placed !== undefined}
        style=${placed && {
          width: `${placed.size.width}px`,
          height: `${placed.size.height}px`,
          transform: `translate(${placed.view.x + aside}px, ${placed.view.y}px) scale(${placed.view.scale})`,
        }}
      >
        ${children}
      </div>
      ${placed && aside === 0 && html`
        <${CaliperLayer} calipers=${shown} scale=${scale} view=${placed.view} size=${placed.size} stage=${placed.stage}
          onCalipers=${onCalipers} />
      `}
      ${placed?.near && html`
        <button
          class="button dark round picture-whole"
          aria-label=${text.viewer.whole}
          title=${text.viewer.whole}
          onPointerDown=${(event: PointerEvent) => event.stopPropagation()}
          onClick=${() => setZoom(undefined)}
        >
          ${icons.whole()}
        </button>
      `}
    </div>
  `;
}

function placedNow(size: Size | undefined, stage: Size | undefined, zoom: View | undefined): Placed | undefined {
  if (size === undefined || stage === undefined) return undefined;
  const view = zoom ? within(zoom, size, stage) : fitted(size, stage);
  return { view, near: isZoomed(view, size, stage), size, stage };
}

let lastId = 0;

export function newId() {
  return ++lastId;
}
