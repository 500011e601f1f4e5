import assert from "node:assert/strict";
import {
  applied,
  areHits,
  calibration,
  CROSSES,
  type Place,
  type Rotation,
  type Touch,
  type TouchMatrix,
  UNCALIBRATED,
} from "../../ui/settings/touch_calibration.ts";

/** Where wlroots puts a touch of a panel whose output is turned so (wlr_cursor.c, apply_output_transform). */
const TURNS: Record<Rotation, (place: Place) => Place> = {
  0: ({ x, y }) => ({ x, y }),
  90: ({ x, y }) => ({ x: 1 - y, y: x }),
  180: ({ x, y }) => ({ x: 1 - x, y: 1 - y }),
  270: ({ x, y }) => ({ x: y, y: 1 - x }),
};

const ROTATIONS: Rotation[] = [0, 90, 180, 270];

/**
 * Panels by what they say, in shares of their own axes, of a finger at a place of the screen that is not turned. Those
 * that are turned say what libinput's documentation of LIBINPUT_CALIBRATION_MATRIX gives as the way back.
 */
const PANELS: Record<string, (place: Place) => Place> = {
  exact: (place) => place,
  shifted: ({ x, y }) => ({ x: x + 0.06, y: y - 0.04 }),
  "with another scale": ({ x, y }) => ({ x: 0.12 + x * 0.7, y: y * 1.25 - 0.1 }),
  mirrored: ({ x, y }) => ({ x: 1 - x, y }),
  "mirrored and shifted": ({ x, y }) => ({ x: 0.97 - x, y: y + 0.05 }),
  "turned by 90 degrees": ({ x, y }) => ({ x: y, y: 1 - x }),
  "turned by 180 degrees": ({ x, y }) => ({ x: 1 - x, y: 1 - y }),
  "turned by 270 degrees": ({ x, y }) => ({ x: 1 - y, y: x }),
  "turned, with another scale, a little askew": ({ x, y }) => ({ x: 0.1 + y * 0.8 + x * 0.02, y: 0.95 - x * 0.9 }),
};

const IN_FORCE: TouchMatrix[] = [UNCALIBRATED, [1.1, 0.01, -0.04, -0.02, 0.9, 0.03], [0, -1, 1, 1, 0, 0]];

/** The place of the screen that is not turned, below a place of the picture. */
function onScreen(place: Place, rotation: Rotation): Place {
  return TURNS[rotation === 0 ? 0 : 360 - rotation as Rotation](place);
}

/** What the page sees of fingers on these places of its picture. */
function seen(
  panel: (place: Place) => Place,
  rotation: Rotation,
  matrix: TouchMatrix,
  fingers: readonly Place[] = CROSSES,
): Touch[] {
  return fingers.map((finger, n) => ({
    target: CROSSES[n]!,
    touched: TURNS[rotation](applied(matrix, panel(onScreen(finger, rotation)))),
  }));
}

const near = (one: Place, other: Place) => Math.hypot(one.x - other.x, one.y - other.y) < 1e-4;

for (const [name, panel] of Object.entries(PANELS)) {
  Deno.test(`Calibration of a panel that is ${name}: touches land where the finger is, however the picture is turned`, () => {
    for (const rotation of ROTATIONS) {
      for (const inForce of IN_FORCE) {
        const matrix = calibration(seen(panel, rotation, inForce), rotation, inForce);
        assert.ok(matrix, `${rotation} ${inForce}`);
        // the same panel, whatever held and however the picture is turned later
        for (const later of ROTATIONS) {
          for (const finger of [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 0.3, y: 0.8 }, { x: 1, y: 1 }]) {
            const [touch] = seen(panel, later, matrix, [finger]);
            assert.ok(near(touch!.touched, finger), `${rotation} ${inForce} ${later}: ${JSON.stringify(touch)}`);
          }
        }
      }
    }
  });
}

Deno.test("Calibration: the matrices of turned panels are those of libinput's documentation", () => {
  const of = (name: string) => calibration(seen(PANELS[name]!, 0, UNCALIBRATED), 0, UNCALIBRATED)?.map((it) => it + 0);
  assert.deepEqual(of("exact"), [1, 0, 0, 0, 1, 0]);
  assert.deepEqual(of("turned by 90 degrees"), [0, -1, 1, 1, 0, 0]);
  assert.deepEqual(of("turned by 180 degrees"), [-1, 0, 1, 0, -1, 1]);
  assert.deepEqual(of("turned by 270 degrees"), [0, 1, 0, -1, 0, 1]);
  assert.deepEqual(of("mirrored"), [-1, 0, 1, 0, 1, 0]);
});

Deno.test("Calibration: fingers that are a little beside the crosses are averaged", () => {
  const shakes = [[0.008, -0.006], [-0.01, 0.004], [0.005, 0.009], [-0.004, -0.01], [0.01, 0.01]];
  const fingers = CROSSES.map(({ x, y }, n) => ({ x: x + shakes[n]![0]!, y: y + shakes[n]![1]! }));
  for (const rotation of ROTATIONS) {
    const panel = PANELS["with another scale"]!;
    const matrix = calibration(seen(panel, rotation, UNCALIBRATED, fingers), rotation, UNCALIBRATED)!;
    const after = seen(panel, rotation, matrix);
    assert.ok(areHits(after), JSON.stringify(after));
    for (const { target, touched } of after) assert.ok(Math.hypot(target.x - touched.x, target.y - touched.y) < 0.015);
  }
});

Deno.test("Calibration: what is no panel, or no touches of the crosses, is refused", () => {
  const refused = (panel: (place: Place) => Place, fingers?: readonly Place[], inForce = UNCALIBRATED) =>
    assert.equal(calibration(seen(panel, 0, inForce, fingers), 0, inForce), undefined, String(panel));
  const moved = (at: number, by: number) => CROSSES.map(({ x, y }, n) => ({ x: n === at ? x + by : x, y }));
  // one corner missed by a hand's width, two taken for each other, the middle missed
  refused(PANELS.exact!, moved(0, 0.2));
  refused(PANELS.exact!, [CROSSES[1]!, CROSSES[0]!, ...CROSSES.slice(2)]);
  refused(PANELS.exact!, moved(4, 0.1));
  // the same place again and again; all on one line
  refused(() => ({ x: 0.4, y: 0.4 }));
  refused(({ x }) => ({ x, y: x }));
  // more than twice as wide, less than half as high, turned by an eighth, askew
  refused(({ x, y }) => ({ x: 0.3 + x * 0.4, y }));
  refused(({ x, y }) => ({ x, y: y * 2.2 - 0.6 }));
  refused(({ x, y }) => ({ x: 0.5 + (x - y) * 0.7, y: (x + y) * 0.7 - 0.2 }));
  refused(({ x, y }) => ({ x: x + 0.4 * y - 0.2, y }));
  // a matrix in force from which no touch can be led back
  refused(PANELS.exact!, CROSSES, [1, 0, 0, 0, 0, 0.5]);
});

Deno.test("Calibration: each cross must be hit for it to be kept", () => {
  assert.ok(areHits(seen(PANELS.exact!, 0, UNCALIBRATED)));
  assert.ok(!areHits(seen(PANELS.shifted!, 0, UNCALIBRATED)));
  const fingers = CROSSES.map(({ x, y }, n) => ({ x, y: n === 3 ? y - 0.08 : y }));
  assert.ok(!areHits(seen(PANELS.exact!, 0, UNCALIBRATED, fingers)));
});
