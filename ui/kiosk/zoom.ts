// @ts-nocheck: not typed yet
// Where a picture stands on its stage. A view is { scale, x, y }: the picture's pixel (px, py) is at
// (x + px * scale, y + py * scale) of the stage. Sizes are { width, height }, points { x, y }.

/** How much larger than fitted a picture gets at most. */
const MOST = 12;
const LEAST_OVER_PIXELS = 4;

/** The whole picture, as large as the stage allows, in its middle. */
export function fitted(picture, stage) {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height);
  return { scale, x: (stage.width - picture.width * scale) / 2, y: (stage.height - picture.height * scale) / 2 };
}

/** The view with a point of the stage kept where it is. The result is within bounds. */
export function zoomed(view, factor, point, picture, stage) {
  const least = fitted(picture, stage).scale;
  const most = Math.max(least * MOST, LEAST_OVER_PIXELS);
  const scale = Math.min(most, Math.max(least, view.scale * factor));
  const at = toPicture(view, point);
  return within({ scale, x: point.x - at.x * scale, y: point.y - at.y * scale }, picture, stage);
}

/** The view moved so that the picture fills what it can of the stage and is never smaller than fitted. */
export function within(view, picture, stage) {
  const scale = Math.max(view.scale, fitted(picture, stage).scale);
  return {
    scale,
    x: bounded(view.x, stage.width - picture.width * scale),
    y: bounded(view.y, stage.height - picture.height * scale),
  };
}

/** Between 0 and the (negative) room that the picture overhangs; in the middle where it does not. */
function bounded(place, room) {
  return room >= 0 ? room / 2 : Math.min(0, Math.max(room, place));
}

export function toPicture(view, { x, y }) {
  return { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale };
}

export function toStage(view, { x, y }) {
  return { x: view.x + x * view.scale, y: view.y + y * view.scale };
}

export function isZoomed(view, picture, stage) {
  return view.scale > fitted(picture, stage).scale * 1.01;
}
