import assert from "node:assert/strict";
import { PERMISSIONS } from "../../appliance/tree.ts";
import config from "../../deno.json" with { type: "json" };
import { environmentForBox } from "../support/environment.ts";
import { freePort } from "../support/servers.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until as untilSo } from "../support/until.ts";

/** Runs a module with what the box itself may do. */
function withPermissions(args: string[], env: Record<string, string> = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", ...PERMISSIONS, ...args],
    clearEnv: true,
    env: { ...environmentForBox(), ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("the tasks and the binary run with the same permissions, and none has all of them", () => {
  for (const task of ["start", "demo", "simulate", "verify"] as const) {
    const given = config.tasks[task].split(" ").filter((word) => /^--(allow|deny|no-)/.test(word));
    assert.deepEqual(given, PERMISSIONS, task);
  }
});

Deno.test("with these permissions nothing writes to the system's folders or loads code from elsewhere", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-permissions-" });
  try {
    const tries = [
      `Deno.writeTextFileSync("/etc/sonodesk-was-here", "")`,
      `Deno.writeTextFileSync("/usr/bin/sonodesk-was-here", "")`,
      `await import(["https://", "deno.land/x/mod.ts"].join(""))`,
    ];
    for (const [n, code] of tries.entries()) {
      Deno.writeTextFileSync(`${folder}/${n}.ts`, code);
      const { code: exit, stderr } = await withPermissions([`${folder}/${n}.ts`]).output();
      assert.notEqual(exit, 0, code);
      assert.match(new TextDecoder().decode(stderr), /NotCapable|Requires .+ access|--no-remote/, code);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("with these permissions the box stores, draws, copies its store, and makes its certificates and its file for support", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-permissions-" });
  const [web, worklist, storage, tls] = [freePort(), freePort(), freePort(), freePort()];
  const program = withPermissions([new URL("../../main.ts", import.meta.url).pathname, "start"], {
    SONODESK_DATA: `${folder}/data`,
    SONODESK_WEB_PORT: web,
    SONODESK_WORKLIST_PORT: worklist,
    SONODESK_STORAGE_PORT: storage,
    SONODESK_DICOM_TLS: "on",
    SONODESK_DICOM_TLS_PORT: tls,
    SONODESK_ADMISSION: "open",
    SONODESK_ADMIN_USERNAME: "owner",
    SONODESK_ADMIN_PASSWORD: "a long password",
    SONODESK_BACKUP_FOLDER: `${folder}/backup`,
  });
  const printed = Promise.all([new Response(program.stdout).text(), new Response(program.stderr).text()]);
  Deno.mkdirSync(`${folder}/backup`);
  try {
    const address = `http://127.0.0.1:${web}`;
    const until = (what: string, look: () => Promise<boolean>) => untilSo(what, () => look().catch(() => false));
    await until("it answers", async () => {
      const answer = await fetch(`${address}/healthz`);
      await answer.body?.cancel();
      return answer.ok;
    });
    const object = ultrasoundObject();
    assert.equal((await send(storage, object)).status, 0);
    const login = await fetch(`${address}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "owner", password: "a long password" }),
    });
    await login.body?.cancel();
    const cookie = login.headers.get("set-cookie")!.split(";")[0]!;
    const got = async (path: string, method = "GET") => {
      const answer = await fetch(address + path, { method, headers: { cookie } });
      await answer.body?.cancel();
      return answer.status;
    };
    await until(
      "its picture is drawn",
      async () => await got(`/api/instances/${object.sopInstanceUid}/thumbnail`) === 200,
    );
    for (const path of ["/api/diagnostics", "/api/certificate", "/api/storage", "/metrics"]) {
      assert.equal(await got(path), 200, path);
    }
    await got("/api/care/backup", "POST");
    await until(
      "it is backed up",
      () => Promise.resolve([...Deno.readDirSync(`${folder}/backup`)].some(({ name }) => name === "snapshots")),
    );
  } finally {
    program.kill("SIGTERM");
    const [out, error] = await printed;
    assert.doesNotMatch(out + error, /NotCapable|Requires .+ access/);
    await program.status;
    await Deno.remove(folder, { recursive: true });
  }
});
