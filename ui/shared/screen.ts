import { remembered } from "./remembered.ts";

/*
 * How many of the page's pixels make a millimetre of the panel. A browser does not know; a person measures it once
 * with a bank card, or says how large the screen is. The box remembers it for its own screen, others for themselves.
 */

const REMEMBERED = "pixelsPerMillimetre";
/** 96 dots an inch, as browsers assume. */
const ASSUMED = 96 / 25.4;

/** What this browser has kept, else what the box knows of its own panel, else the usual. */
let ofBox: number | undefined;

export function pixelsPerMillimetre(): number {
  return sound(Number(remembered.getItem(REMEMBERED))) ?? sound(ofBox) ?? ASSUMED;
}

/** Takes over what the box knows of its own panel. */
export function setPanel(value: number | undefined) {
  ofBox = value;
  show(pixelsPerMillimetre());
}

/** @param value null for the usual again */
export function keepPixelsPerMillimetre(value: number | null) {
  if (value === null) {
    remembered.removeItem(REMEMBERED);
    ofBox = undefined;
  } else {
    remembered.setItem(REMEMBERED, String(value));
  }
  show(pixelsPerMillimetre());
}

/** Of a screen with this diagonal, if the page's pixels are the screen's. */
export function pixelsPerMillimetreOf(inches: number) {
  return Math.hypot(screen.width, screen.height) / (inches * 25.4);
}

function show(value: number) {
  document.documentElement.style.setProperty("--mm", `${value}px`);
}

function sound(value: number | undefined) {
  return value !== undefined && value >= 2 && value <= 20 ? value : undefined;
}

setPanel(undefined);
