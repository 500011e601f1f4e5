import * as v from "valibot";
import { message } from "../messages.ts";
import { isTouchMatrix } from "../../host/touch.ts";
import { say } from "../../sentences.ts";
import { conflict } from "../problem.ts";
import { json, route } from "../route.ts";
import { own } from "./computer.ts";

const NO_MATRIX = message("field-no-matrix");

const TouchBody = v.object({
  /** The first two rows of libinput's calibration matrix; null takes touches as they come. */
  matrix: v.nullable(
    v.pipe(
      v.array(v.number(NO_MATRIX), NO_MATRIX),
      v.check((matrix) => isTouchMatrix(matrix), NO_MATRIX),
    ),
  ),
});

/** Touches of the box's own screen that land beside the finger. */
export const touchRoutes = [
  route("PUT /api/computer/touch", {
    who: "admin",
    summary: "Try a calibration of the box's own touchscreen for some minutes; null takes touches as they come",
    body: TouchBody,
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, body: { matrix }, by, ...parts }) => {
    const computer = own(parts);
    const before = computer.state().touch;
    store.audit.add(by, "touch calibration changed", "box", { before, after: { matrix } });
    await computer.setTouch(matrix);
    return {};
  }),

  route("POST /api/computer/touch/keep", {
    who: "admin",
    summary: "Keep the calibration of the touchscreen that is being tried",
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, by, ...parts }) => {
    const computer = own(parts);
    const { touch } = computer.state();
    if (touch.state !== "trying") throw conflict(say("no-address-being-tried"));
    store.audit.add(by, "touch calibration kept", "box", { after: touch });
    await computer.keepTouch();
    return {};
  }),
];
