import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Assumption } from "../../src/dicom/assumption.ts";
import { readCine } from "../../src/dicom/cine.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { describeObject } from "../../src/imaging/read_picture.ts";
import { fieldCase } from "../support/samples.ts";

/** How a clip of some frames is played, and what is said of it by codes. */
function playing(frames: number, more: (dataset: Dataset) => Dataset) {
  const notes: Assumption[] = [];
  const cine = readCine(more(new Dataset().setText(Tag.NumberOfFrames, "IS", String(frames))), notes);
  return { ...cine, said: notes.map(({ coded }) => coded?.code) };
}

const pointsAt = (dataset: Dataset, tag: number) =>
  dataset.add({
    ...{ tag: Tag.FrameIncrementPointer, vr: "AT" },
    value: new Uint8Array(Uint16Array.of(tag >>> 16, tag & 0xffff).buffer),
  });

const vector = (dataset: Dataset, ...times: number[]) =>
  dataset.setText(Tag.FrameTimeVector, "DS", ...times.map(String));

Deno.test("the Frame Increment Pointer decides whether Frame Time or its vector counts", async () => {
  const both = (it: Dataset) => vector(it.setText(Tag.FrameTime, "DS", "33.3"), 0, 125, 125, 120);
  const times = playing(4, (it) => pointsAt(both(it), Tag.FrameTimeVector));
  assert.deepEqual([times.source, times.milliseconds], ["FrameTimeVector", [125, 125, 120, 120]]);
  assert.equal(playing(4, (it) => pointsAt(both(it), Tag.FrameTime)).milliseconds, 33.3);
  assert.equal(playing(4, both).milliseconds, 33.3);
  // named, and not there
  assert.equal(
    playing(4, (it) => pointsAt(it.setText(Tag.FrameTime, "DS", "20"), Tag.FrameTimeVector)).milliseconds,
    20,
  );
  const path = fieldCase("cine_pointer_names_vector.dcm");
  if (existsSync(path)) assert.equal((await describeObject(path)).cine.source, "FrameTimeVector");
});

Deno.test("Frame Time in seconds is not thirty thousand frames a second", async () => {
  const time = (text: string, rate?: string) =>
    playing(4, (it) => {
      it.setText(Tag.FrameTime, "DS", text);
      return rate === undefined ? it : it.setText(Tag.CineRate, "IS", rate);
    });
  assert.deepEqual([time("0.0333", "30").milliseconds, time("0.0333", "30").said], [33.3, ["assumed-seconds"]]);
  assert.equal(time("0.04").milliseconds, 40);
  assert.deepEqual([time("1.2", "1").milliseconds, time("1.2", "833").said], [1200, []], "a beat a frame");
  assert.deepEqual([time("33.3", "30").milliseconds, time("33.3", "30").said], [33.3, []]);
  assert.deepEqual(time("0.2", "5000").said, [], "ultrafast, and both say so");
  const path = fieldCase("cine_frametime_in_seconds.dcm");
  if (existsSync(path)) assert.ok(Math.abs((await describeObject(path)).cine.milliseconds as number - 33.3) < 0.1);
});

Deno.test("a vector that is off by one, has a 0, counts from the beginning or in seconds is mended", () => {
  const shown = (...times: number[]) => playing(5, (it) => vector(it, ...times));
  const mended = [50, 60, 50, 40, 40];
  assert.deepEqual([shown(0, 50, 60, 50, 40).milliseconds, shown(0, 50, 60, 50, 40).said], [mended, []]);
  assert.deepEqual(shown(50, 60, 50, 40).milliseconds, mended, "without the first");
  assert.deepEqual(shown(0, 50, 60, 50, 40, 40).milliseconds, mended, "one too many");
  assert.deepEqual(shown(0, 50, 0, 50, 40).milliseconds, [50, 50, 50, 40, 40], "a 0 between");
  assert.deepEqual(shown(0, 50, 110, 160, 200).milliseconds, mended, "from the beginning");
  const seconds = shown(0, 0.05, 0.06, 0.05, 0.04);
  assert.deepEqual((seconds.milliseconds as number[]).map(Math.round), mended);
  for (const times of [[50, 60, 50, 40], [0, 50, 60, 50, 40, 40], [0, 50, 0, 50, 40], [0, 50, 110, 160, 200]]) {
    assert.deepEqual(shown(...times).said, ["assumed-vector"], String(times));
  }
  assert.deepEqual(seconds.said, ["assumed-seconds"]);
});

Deno.test("a vector that says nothing leaves the other speeds, and it is said where the pointer names it", () => {
  const wrong = (it: Dataset) => vector(it.setText(Tag.CineRate, "IS", "20"), 0, 50);
  const named = playing(9, (it) => pointsAt(wrong(it), Tag.FrameTimeVector));
  assert.deepEqual([named.milliseconds, named.source, named.said], [50, "CineRate", ["assumed-vector-unusable"]]);
  assert.deepEqual(playing(9, wrong).said, []);
  assert.deepEqual(playing(9, (it) => vector(it, ...Array(9).fill(0))).said, ["assumed-speed"]);
});

Deno.test("start and stop trim, and playing there and back, are what the machine says", () => {
  const trim = (first: string, last: string) =>
    playing(9, (it) => it.setText(Tag.StartTrim, "IS", first).setText(Tag.StopTrim, "IS", last)).trim;
  assert.deepEqual(trim("3", "7"), { first: 3, last: 7 });
  assert.deepEqual(trim("3", "70"), { first: 3, last: 9 });
  for (const [first, last] of [["1", "9"], ["0", "0"], ["7", "3"], ["4", "4"]] as const) {
    assert.equal(trim(first, last), undefined, `${first} to ${last}`);
  }
  assert.equal(playing(9, (it) => it.setUnsignedShort(Tag.PreferredPlaybackSequencing, 1)).sweeping, true);
  assert.equal(playing(9, (it) => it.setUnsignedShort(Tag.PreferredPlaybackSequencing, 0)).sweeping, undefined);
});

Deno.test("an enhanced clip plays as its functional groups say: by moments, by offsets, or by how long a frame took", () => {
  const groups = (of: (n: number) => Dataset) => (it: Dataset) =>
    it.setItems(Tag.PerFrameFunctionalGroupsSequence, [0, 1, 2].map(of));
  const content = (n: number, moment: string) =>
    new Dataset().setItems(Tag.FrameContentSequence, [new Dataset().setText(Tag.FrameReferenceDateTime, "DT", moment)])
      .setText(Tag.InstanceNumber, "IS", String(n));
  const moments = playing(3, groups((n) => content(n, `2026112912000${n}.5`)));
  assert.deepEqual([moments.milliseconds, moments.source], [[1000, 1000, 1000], "FrameReferenceDateTime"]);
  // the planes of one volume are of one moment
  assert.equal(playing(3, groups((n) => content(n, "20261129120000"))).source, "");
  const double = (value: number) => new Uint8Array(Float64Array.of(value).buffer);
  const offset = (n: number) =>
    new Dataset().setItems(Tag.TemporalPositionSequence, [
      new Dataset().add({ tag: Tag.TemporalPositionTimeOffset, vr: "FD", value: double(n * 0.25) }),
    ]);
  assert.deepEqual(playing(3, groups(offset)).milliseconds, [250, 250, 250]);
  const taken = () =>
    new Dataset().setItems(Tag.FrameContentSequence, [
      new Dataset().add({ tag: Tag.FrameAcquisitionDuration, vr: "FD", value: double(80) }),
    ]);
  assert.equal(playing(3, groups(taken)).milliseconds, 80);
});

Deno.test("a clip of bare H.264 plays: it gets a container", async () => {
  const path = fieldCase("h264_annex_b.dcm");
  if (!existsSync(path)) return;
  const { video } = await describeObject(path);
  assert.deepEqual([video?.contentType, video?.playable, video?.extension], ["video/mp4", true, "mp4"]);
});
