import assert from "node:assert/strict";
import { TIME_ZONES } from "../../src/settings/time_zones.ts";
import { choosable, countryOf, zoneCalled, zonesFor } from "../../ui/shared/time_zones.ts";

const english = choosable(TIME_ZONES, "en");
const hindi = choosable(TIME_ZONES, "hi");
const namesFor = (typed: string, zones = english) => zonesFor(zones, typed).map(({ name }) => name);

Deno.test("Time zones: India's is found by its city, its country, its names, its offset, in English and Hindi", () => {
  for (const typed of ["Kolkata", "kolk", "India", "Delhi", "mumbai", "Calcutta", "asia kolkata", "Asia/Kolkata"]) {
    assert.ok(namesFor(typed).includes("Asia/Kolkata"), typed);
  }
  assert.equal(namesFor("India")[0], "Asia/Kolkata", "before those of the Indian Ocean");
  assert.equal(namesFor("भारत", hindi)[0], "Asia/Kolkata");
  assert.deepEqual(namesFor("भारतीय मानक", hindi).includes("Asia/Kolkata"), true);
  assert.deepEqual(namesFor("Delhi", hindi), ["Asia/Kolkata"]);
  assert.ok(namesFor("+5:30").includes("Asia/Kolkata"));
  assert.deepEqual(namesFor("Atlantis"), []);
});

Deno.test("Time zones: a country that has several shows each, and accents and former names find as well", () => {
  assert.ok(namesFor("united states").length > 4);
  assert.ok(namesFor("new york").includes("America/New_York"));
  assert.ok(namesFor("koln").includes("Europe/Berlin"), "Köln");
  assert.ok(namesFor("Kiev").includes("Europe/Kyiv"));
  assert.deepEqual(namesFor("saigon"), ["Asia/Ho_Chi_Minh"]);
});

Deno.test("Time zones: one that is set is known by any of its names", () => {
  assert.equal(zoneCalled(english, "Asia/Calcutta")!.name, "Asia/Kolkata");
  assert.equal(zoneCalled(hindi, "Asia/Kolkata")!.place, "भारत");
  assert.equal(zoneCalled(english, "Asia/Kolkata")!.offset, "GMT+5:30");
  assert.equal(zoneCalled(english, "UTC")!.name, "UTC");
  assert.equal(zoneCalled(english, "Mars/Olympus"), undefined);
});

Deno.test("Time zones: one is a guess at the country, in India by either name; of none there is none", () => {
  assert.equal(countryOf(TIME_ZONES, "Asia/Kolkata"), "IN");
  assert.equal(countryOf(TIME_ZONES, "Asia/Calcutta"), "IN");
  assert.equal(countryOf(TIME_ZONES, "Asia/Dhaka"), "BD");
  assert.equal(countryOf(TIME_ZONES, "UTC"), "");
  assert.equal(countryOf(TIME_ZONES, "Mars/Olympus"), "");
});
