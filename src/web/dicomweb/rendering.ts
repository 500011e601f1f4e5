import type { PictureView } from "../../imaging/render_protocol.ts";
import { notUnderstood } from "../problem.ts";

/** How a rendered picture is wanted. */
export interface Rendering {
  /** 1 to 100; undefined where it is not said. */
  quality: number | undefined;
  /** Part, box and window; undefined where none is said. */
  view: PictureView | undefined;
}

const NUMBER = /^[+-]?(\d{1,9}(\.\d{0,6})?|\.\d{1,6})$/;
/** The functions of a window (PS3.18 8.3.5.1.4) as the object would name them. */
const WINDOWS: ReadonlyMap<string, string> = new Map([
  ["linear", "LINEAR"],
  ["linear-exact", "LINEAR_EXACT"],
  ["sigmoid", "SIGMOID"],
]);

/**
 * The parameters of rendering (PS3.18 8.3.5.1): quality, viewport with a part of the picture, and window.
 *
 * @throws Problem 400 for what is none
 */
export function renderingOf(parameters: URLSearchParams): Rendering {
  const view = { ...viewportOf(parameters.get("viewport")), ...windowOf(parameters.get("window")) };
  return { quality: qualityOf(parameters.get("quality")), view: Object.keys(view).length > 0 ? view : undefined };
}

function qualityOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > 100) {
    throw notUnderstood("Cannot draw at this quality: it is a whole number from 1 to 100");
  }
  return Number(text);
}

/** Width and height to fit, then where the part begins and how large it is; what is left out is the whole. */
function viewportOf(text: string | null): Pick<PictureView, "box" | "region"> {
  if (text === null) return {};
  const parts = text.split(",").map((part) => part.trim());
  const [width, height] = parts.slice(0, 2).map((part) => /^[1-9]\d{0,4}$/.test(part) ? Number(part) : undefined);
  const rest = parts.slice(2);
  if (
    width === undefined || height === undefined || rest.length > 4 ||
    rest.some((part) => part !== "" && !NUMBER.test(part))
  ) {
    throw notUnderstood(
      "Cannot draw this part: a viewport is a width and a height in pixels, then left, top, width and height of the part",
    );
  }
  const box = { width, height };
  if (rest.every((part) => part === "")) return { box };
  const [x, y, across, down] = [0, 1, 2, 3].map((at) =>
    rest[at] === undefined || rest[at] === "" ? undefined : Number(rest[at])
  );
  if (across === 0 || down === 0) throw notUnderstood("Cannot draw this part: it has no width or no height");
  // what is not said goes to the picture's edge
  return { box, region: { x: x ?? 0, y: y ?? 0, width: across ?? LARGEST, height: down ?? LARGEST } };
}

const LARGEST = 65_535;

function windowOf(text: string | null): Pick<PictureView, "window"> {
  if (text === null) return {};
  const [center = "", width = "", kind = "linear", ...more] = text.split(",").map((part) => part.trim());
  const named = WINDOWS.get(kind.toLowerCase());
  if (more.length > 0 || !NUMBER.test(center) || !NUMBER.test(width) || Number(width) < 1 || named === undefined) {
    throw notUnderstood(
      "Cannot draw with this window: it is a center, a width of at least 1, and linear, linear-exact or sigmoid",
    );
  }
  return { window: { center: Number(center), width: Number(width), kind: named } };
}
