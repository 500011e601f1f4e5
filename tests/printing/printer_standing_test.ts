import assert from "node:assert/strict";
import type { Value } from "../../src/printing/ipp_message.ts";
import { standingOf } from "../../src/printing/printer_standing.ts";
import { inEnglish } from "../../src/sentences.ts";

/** What is said of a printer in this state (RFC 8011 5.4.11) with these reasons (5.4.12). */
function said(state: number, ...reasons: string[]) {
  const { errors, warnings } = standingOf(
    new Map<string, Value[]>([["printer-state", [state]], ["printer-state-reasons", reasons]]),
  );
  return { errors: errors.map(inEnglish), warnings: warnings.map(inEnglish) };
}

const [IDLE, PROCESSING, STOPPED] = [3, 4, 5];

Deno.test("Printer: what is wrong is said in words, with how bad it is", () => {
  assert.deepEqual(said(IDLE, "none"), { errors: [], warnings: [] });
  assert.match(said(STOPPED, "media-empty-error").errors[0]!, /no paper/);
  assert.match(said(STOPPED, "media-needed").errors[0]!, /no paper/, "without a severity it is an error");
  assert.match(said(STOPPED, "media-jam").errors[0]!, /stuck/);
  assert.match(said(STOPPED, "door-open-error").errors[0]!, /cover/);
  assert.match(said(STOPPED, "toner-empty-error").errors[0]!, /toner/);
  assert.match(said(IDLE, "cover-open").errors[0]!, /cover/, "also while it says that it is idle");
  assert.deepEqual(said(PROCESSING, "toner-low-warning", "marker-supply-low-report").warnings.length, 1);
  assert.deepEqual(said(IDLE, "media-empty-report"), {
    errors: [],
    warnings: ["The printer has no paper. Put A4 paper in."],
  });
  assert.match(said(STOPPED, "moving-to-paused").errors[0]!, /paused/);
  assert.match(said(STOPPED, "com.maker.hot-plate-error").errors[0]!, /The printer says: com\.maker\.hot-plate\./);
  assert.match(said(STOPPED, "none").errors[0]!, /has stopped/);
  assert.deepEqual(standingOf(new Map()), { state: "unknown", errors: [], warnings: [] });
  const deaf = standingOf(new Map<string, Value[]>([["printer-state", [3]], ["printer-is-accepting-jobs", [false]]]));
  assert.match(inEnglish(deaf.errors[0]!), /takes nothing/);
});
