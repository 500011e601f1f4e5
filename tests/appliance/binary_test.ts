import assert from "node:assert/strict";
import { fixtures, readObject } from "../support/samples.ts";
import { hasProgram, run } from "../support/peers.ts";
import { freePort } from "../support/servers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Puts a matching pair of Deno and base binary in place on machines that cannot reach Deno's downloads. */
const DENORT_TOOL = new URL("../../../shared/tools/denort", import.meta.url).pathname;
const NOBODY = ["--reuid=65534", "--regid=65534", "--clear-groups"];

/** What `deno compile` needs here: nothing, what the environment says, or what the tool beside the project gives. */
async function compilerEnvironment(): Promise<Record<string, string>> {
  if (Deno.env.has("DENORT_BIN") || !exists(DENORT_TOOL)) return {};
  const { code, text } = await run("bash", [DENORT_TOOL]);
  assert.equal(code, 0, text);
  return Object.fromEntries([...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]));
}

Deno.test({
  name: "one binary, alone in an empty folder, under another user: worklist, store, thumbnail, page, SIGTERM",
  ignore: !["findscu", "storescu", "setpriv"].every(hasProgram) || Deno.uid() !== 0, // to be another user takes root
  fn: async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-binary-" });
    const binary = `${folder}/sonodesk`;
    try {
      await t.step("it is made", async () => {
        const compile = ["run", "-A", "--no-check", `${ROOT}appliance/compile.ts`, "--output", binary];
        const { code, text } = await run(Deno.execPath(), compile, { env: await compilerEnvironment() });
        assert.equal(code, 0, text);
        console.log(`the binary has ${(Deno.statSync(binary).size / 1e6).toFixed(0)} MB`);
      });
      Deno.chmodSync(folder, 0o755);
      const home = `${folder}/home`;
      Deno.mkdirSync(home);
      Deno.chownSync(home, 65534, 65534);
      const asNobody = (args: string[]) =>
        run("setpriv", [...NOBODY, binary, ...args], { cwd: home, env: { HOME: home } });

      await t.step("its commands answer", async () => {
        assert.match((await asNobody(["--version"])).text, /^\d+\.\d+\.\d+\n$/);
        assert.match((await asNobody(["--help"])).text, /SONODESK_DATA/);
        assert.equal((await asNobody(["simulate", "--help"])).code, 0);
      });

      await t.step("it does the main job", async () => {
        const [web, worklist, storage] = [freePort(), freePort(), freePort()];
        const started = performance.now();
        const box = new Deno.Command("setpriv", {
          args: [...NOBODY, binary, "start"],
          cwd: home,
          env: {
            HOME: home,
            SONODESK_HOST: "127.0.0.1",
            SONODESK_ADMISSION: "open",
            SONODESK_ADMIN_USERNAME: "owner",
            SONODESK_ADMIN_PASSWORD: "mine",
            SONODESK_WEB_PORT: web,
            SONODESK_WORKLIST_PORT: worklist,
            SONODESK_STORAGE_PORT: storage,
          },
          stdout: "null",
          stderr: "null",
        }).spawn();
        try {
          const call = caller(`http://127.0.0.1:${web}`);
          await call.ready();
          console.log(`ready after ${Math.round(performance.now() - started)} ms`);
          await call("POST", "/api/session", { username: "owner", password: "mine" });
          const today = new Date().toISOString().slice(0, 10);
          const booked = await (await call("POST", "/api/appointments", {
            patient: {
              id: "SD-1001",
              firstName: "Priya",
              lastName: "Sharma",
              birthDate: "1994-03-12",
              gender: "female",
            },
            doctor: "Dr. Nair",
            department: "Obstetrics",
            date: today,
            time: "10:00",
          })).json();
          await call("POST", `/api/appointments/${booked.id}/send`, {});
          const found = await run("findscu", [
            "-v",
            "-W",
            "-k",
            "PatientName",
            "-k",
            "StudyInstanceUID",
            "127.0.0.1",
            worklist,
          ]);
          assert.match(found.text, /PN \[Sharma\^Priya/);
          assert.match(found.text, new RegExp(booked.studyInstanceUid));

          const { path } = fixtures().find(({ name }) => name === "us_cine_jpeg.dcm")!;
          const stored = await run("storescu", ["-R", "-xy", "127.0.0.1", storage, path]);
          assert.equal(stored.code, 0, stored.text);
          const { sopInstanceUid } = readObject(path);
          const thumbnail = await call("GET", `/api/instances/${sopInstanceUid}/thumbnail`);
          assert.equal(thumbnail.headers.get("content-type"), "image/jpeg");
          assert.equal(thumbnail.headers.get("x-placeholder"), null);
          assert.ok((await thumbnail.arrayBuffer()).byteLength > 1000);
          // the whole data dictionary is in the binary too
          const instances = await (await call("GET", `/dicom-web/instances?SOPInstanceUID=${sopInstanceUid}`)).json();
          const { pathname } = new URL(instances[0]["00081190"].Value[0]);
          assert.equal(
            (await (await call("GET", `${pathname}/metadata`)).json())[0]["00080018"].Value[0],
            sopInstanceUid,
          );
          for (const page of ["/", "/settings", "/kiosk/main.js", "/vendor/preact.js", "/vendor/htm.js"]) {
            await (await call("GET", page)).body?.cancel();
          }
        } finally {
          box.kill("SIGTERM");
        }
        assert.equal((await box.status).code, 0, "SIGTERM ends it in good order");
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Calls of the API by one person, who stays signed in. */
function caller(address: string) {
  let cookie = "";
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(address + path, {
      method,
      headers: { cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? "" : await response.text()}`);
    return response;
  };
  call.ready = async () => {
    for (let tries = 0; tries < 400; tries++) {
      try {
        await (await fetch(`${address}/healthz`)).body?.cancel();
        return;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
    throw new Error("The binary did not answer within ten seconds");
  };
  return call;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
