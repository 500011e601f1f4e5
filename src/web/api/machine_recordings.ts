import { gunzipSync } from "node:zlib";
import * as v from "valibot";
import { say } from "../../sentences.ts";
import type { MachineRecording } from "../contract/machines.ts";
import { notFound } from "../problem.ts";
import { file, json, route } from "../route.ts";
import { trueOrFalse } from "../fields.ts";
import { findMachine } from "./machines.ts";

const InSupportFileBody = v.object({ inSupportFile: trueOrFalse });

/** The recording of a machine's next association, in which names, ids and pixels are replaced. */
export const machineRecordingRoutes = [
  route("GET /api/machines/:id/recording", {
    who: "admin",
    summary: "How the recording of a machine's next association stands; null where none was asked for",
    answer: json<MachineRecording | null>(),
  }, ({ store, params }) => store.machineRecordings.of(findMachine(store, params.id).id) ?? null),

  route("POST /api/machines/:id/recording", {
    who: "admin",
    summary: "Record the machine's next association, in place of an earlier recording",
    peopleOnly: true,
  }, ({ store, params, by }) => {
    const machine = findMachine(store, params.id);
    store.transaction(() => {
      store.machineRecordings.want(machine.id, by);
      store.audit.add(by, "recording asked for", `machine ${machine.id}`);
    });
  }),

  route("PATCH /api/machines/:id/recording", {
    who: "admin",
    summary: "Say whether the recording is part of the file for support",
    body: InSupportFileBody,
    peopleOnly: true,
  }, ({ store, params, body: { inSupportFile }, by }) => {
    const machine = findMachine(store, params.id);
    if (store.machineRecordings.content(machine.id) === undefined) throw notFound(say("no-recording"));
    const what = inSupportFile ? "recording put in the support file" : "recording kept out of the support file";
    store.transaction(() => {
      store.machineRecordings.setInSupportFile(machine.id, inSupportFile);
      store.audit.add(by, what, `machine ${machine.id}`);
    });
  }),

  route("DELETE /api/machines/:id/recording", {
    who: "admin",
    summary: "Forget the recording, or do not record",
    peopleOnly: true,
  }, ({ store, params, by }) => {
    const machine = findMachine(store, params.id);
    store.transaction(() => {
      store.machineRecordings.remove(machine.id);
      store.audit.add(by, "recording removed", `machine ${machine.id}`);
    });
  }),

  route("GET /api/machines/:id/recording/file", {
    who: "admin",
    summary: "The recording, for the machine's maker and for `deno task replay`",
    answer: file("application/json"),
  }, ({ context, store, params, by }) => {
    const machine = findMachine(store, params.id);
    const content = store.machineRecordings.content(machine.id);
    if (content === undefined) throw notFound(say("no-recording"));
    store.audit.add(by, "recording taken", `machine ${machine.id}`);
    const name = machine.aeTitle.replaceAll(/[^A-Za-z0-9_-]/g, "_");
    return context.body(new Uint8Array(gunzipSync(content)), 200, {
      "content-type": "application/json",
      "content-disposition": `attachment; filename="recording-${name}.json"`,
      "cache-control": "no-store",
    });
  }),
];
