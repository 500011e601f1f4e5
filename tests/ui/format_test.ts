import assert from "node:assert/strict";
import { clockTime, dayInWords, dayOf, minuteOfDay, setPlace } from "../../ui/shared/format.ts";

const NEW_YEAR = new Date("2026-01-01T00:00:00Z");

Deno.test("Times stand in the box's time zone, also once another is set", () => {
  // India is five and a half hours ahead of UTC, New York in winter five behind it (IANA time zone database)
  setPlace({ timeZone: "Asia/Kolkata" });
  assert.deepEqual([clockTime(NEW_YEAR), dayOf(NEW_YEAR), minuteOfDay(NEW_YEAR)], ["05:30", "2026-01-01", 330]);
  setPlace({ timeZone: "America/New_York" });
  assert.deepEqual([clockTime(NEW_YEAR), dayOf(NEW_YEAR), minuteOfDay(NEW_YEAR)], ["19:00", "2025-12-31", 1140]);
});

Deno.test("A browser that does not know the box's time zone shows its own, and fails at nothing", () => {
  setPlace({ timeZone: "Antarctica/Not_Yet_Known" });
  const own = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  assert.equal(clockTime(NEW_YEAR), own.format(NEW_YEAR));
  setPlace({ timeZone: "Asia/Kolkata" });
  assert.equal(clockTime(NEW_YEAR), "05:30");
});

Deno.test("A language that is set later holds for what was shown before in another", () => {
  setPlace({ language: "en-GB" });
  assert.equal(dayInWords("2026-08-01"), "Saturday 1 August");
  setPlace({ language: "hi-IN-u-nu-latn" });
  assert.equal(dayInWords("2026-08-01"), "शनिवार, 1 अगस्त");
  setPlace({ language: "en-GB" });
  assert.equal(dayInWords("2026-08-01"), "Saturday 1 August");
});
