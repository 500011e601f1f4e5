import assert from "node:assert/strict";
import { run } from "../support/peers.ts";
import { fixtures, readObject } from "../support/samples.ts";

/** Calls of the box's API by one person, who stays signed in. */
export type Caller = ReturnType<typeof caller>;

/**
 * A body is sent as JSON, a blob as it is.
 *
 * @param client trusts the box's certificate, where the address is https
 */
export function caller(address: string, client?: Deno.HttpClient) {
  let cookie = "";
  return async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(address + path, {
      method,
      headers: {
        cookie,
        ...(body === undefined || body instanceof Blob ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
      ...(client && { client }),
    });
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? "" : await response.text()}`);
    return response;
  };
}

/** Waits until somebody answers at `/healthz`, for up to `seconds`; returns what was said. */
export async function healthOf(address: string, seconds: number): Promise<{ status: string }> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return await (await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(10_000) })).json();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * What the box is for, against a machine made of DCMTK's programs on loopback: a patient is booked and sent, the
 * machine finds them, an image comes back and is shown.
 *
 * @param call of somebody who is signed in
 * @returns the SOP Instance UID that was stored
 */
export async function mainJob(call: Caller, ports: { worklist: string; storage: string }): Promise<string> {
  const booked = await (await call("POST", "/api/appointments", {
    patient: { id: "SD-1001", firstName: "Priya", lastName: "Sharma", birthDate: "1994-03-12", gender: "female" },
    doctor: "Dr. Nair",
    department: "Obstetrics",
    date: new Date().toISOString().slice(0, 10),
    time: "10:00",
  })).json();
  await (await call("POST", `/api/appointments/${booked.id}/send`, {})).body?.cancel();
  const keys = ["-k", "PatientName", "-k", "StudyInstanceUID"];
  const found = await run("findscu", ["-v", "-W", ...keys, "127.0.0.1", ports.worklist]);
  assert.match(found.text, /PN \[Sharma\^Priya/);
  assert.match(found.text, new RegExp(booked.studyInstanceUid));

  const { path } = fixtures().find(({ name }) => name === "us_cine_jpeg.dcm")!;
  const stored = await run("storescu", ["-R", "-xy", "127.0.0.1", ports.storage, path]);
  assert.equal(stored.code, 0, stored.text);
  const { sopInstanceUid } = readObject(path);
  const thumbnail = await drawn(call, `/api/instances/${sopInstanceUid}/thumbnail`);
  assert.equal(thumbnail.headers.get("content-type"), "image/jpeg");
  assert.equal(thumbnail.headers.get("x-placeholder"), null);
  assert.ok((await thumbnail.arrayBuffer()).byteLength > 1000);
  // the whole data dictionary is there too
  const instances = await (await call("GET", `/dicom-web/instances?SOPInstanceUID=${sopInstanceUid}`)).json();
  const { pathname } = new URL(instances[0]["00081190"].Value[0]);
  assert.equal((await (await call("GET", `${pathname}/metadata`)).json())[0]["00080018"].Value[0], sopInstanceUid);
  for (const page of ["/", "/settings", "/kiosk/day.ts", "/vendor/preact.ts", "/vendor/htm.ts"]) {
    const answer = await call("GET", page);
    if (page.endsWith(".ts")) assert.equal(answer.headers.get("content-type"), "text/javascript; charset=utf-8", page);
    // what a browser could not read, were the types still there
    assert.doesNotMatch(await answer.text(), /^(export )?(interface|type) |^import type /m, page);
  }
  return sopInstanceUid;
}

/** A picture: a computer in software may be too slow for the box's patience, which draws it again some time later. */
async function drawn(call: Caller, path: string): Promise<Response> {
  const end = performance.now() + 900_000;
  for (;;) {
    const picture = await call("GET", path);
    const why = picture.headers.get("x-placeholder");
    if (!why?.includes("took longer") || performance.now() > end) return picture;
    await picture.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
