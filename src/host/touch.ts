/** How touches of the box's own touchscreen are corrected. */
export interface TouchState {
  /** `trying`: what was calibrated holds, and goes again by itself unless somebody keeps it. */
  state: "uncalibrated" | "trying" | "kept";
  /**
   * In force: the first two rows of libinput's calibration matrix, six numbers in shares of the panel, applied before a
   * touch is turned as the picture is.
   */
  matrix: number[];
}

/** What the image says: `touch.json`, the six numbers in one text; empty where it is not calibrated. */
export type SaidOfTouch = Partial<{ state: TouchState["state"]; matrix: string }>;

const UNCALIBRATED = [1, 0, 0, 0, 1, 0];

/** @returns what the image says in the program's words */
export function touchState({ state = "uncalibrated", matrix }: SaidOfTouch): TouchState {
  return { state, matrix: matrix ? matrix.split(" ").map(Number) : UNCALIBRATED };
}

/** @returns the line as the image takes it: six digits after the point */
export function touchLine(matrix: readonly number[]): string {
  return matrix.map((value) => value.toFixed(6)).join(" ");
}

/** Whether a matrix has six numbers as a panel may need, and leaves the whole picture within reach of touches. */
export function isTouchMatrix(matrix: readonly number[]): boolean {
  if (matrix.length !== 6 || !matrix.every((value) => Math.abs(value) <= 4)) return false;
  const [a = 0, b = 0, , d = 0, e = 0] = matrix;
  // a quarter: half as wide and half as high
  const area = Math.abs(a * e - b * d);
  return area >= 0.2 && area <= 5;
}
