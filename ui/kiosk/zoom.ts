import type { Point } from "./caliper_geometry.ts";

// Where a picture stands on its stage.

export interface Size {
  width: number;
  height: number;
}

/** The picture's pixel (px, py) is at (x + px * scale, y + py * scale) of the stage. */
export interface View extends Point {
  scale: number;
}

/** How much larger than fitted a picture gets at most. */
const MOST = 12;
const LEAST_OVER_PIXELS = 4;

/** The whole picture, as large as the stage allows, in its middle. */
export function fitted(picture: Size, stage: Size): View {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height);
  return { scale, x: (stage.width - picture.width * scale) / 2, y: (stage.height - picture.height * scale) / 2 };
}

/** The view with a point of the stage kept where it is. The result is within bounds. */
export function zoomed(view: View, factor: number, point: Point, picture: Size, stage: Size): View {
  const least = fitted(picture, stage).scale;
  const most = Math.max(least * MOST, LEAST_OVER_PIXELS);
  const scale = Math.min(most, Math.max(least, view.scale * factor));
  const at = toPicture(view, point);
  return within({ scale, x: point.x - at.x * scale, y: point.y - at.y * scale }, picture, stage);
}

/** The view moved so that the picture fills what it can of the stage and is never smaller than fitted. */
export function within(view: View, picture: Size, stage: Size): View {
  const scale = Math.max(view.scale, fitted(picture, stage).scale);
  return {
    scale,
    x: bounded(view.x, stage.width - picture.width * scale),
    y: bounded(view.y, stage.height - picture.height * scale),
  };
}

/** Between 0 and the (negative) room that the picture overhangs; in the middle where it does not. */
function bounded(place: number, room: number) {
  return room >= 0 ? room / 2 : Math.min(0, Math.max(room, place));
}

export function toPicture(view: View, { x, y }: Point): Point {
  return { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale };
}

export function toStage(view: View, { x, y }: Point): Point {
  return { x: view.x + x * view.scale, y: view.y + y * view.scale };
}

export function isZoomed(view: View, picture: Size, stage: Size): boolean {
  return view.scale > fitted(picture, stage).scale * 1.01;
}
