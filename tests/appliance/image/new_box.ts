import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import { send } from "../../support/sender.ts";
import { ultrasoundObject } from "../../support/ultrasound_object.ts";
import { type Caller, mainJob } from "../main_job.ts";
import { holds } from "./admin.ts";
import { images } from "./images.ts";
import { backedUp, kindOf, overHttps, PATIENCE, setUp, signIn, untilDone, well } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

const STICK = "/media/BACK-UP/sonodesk";
const IMAGES = 60;
const PIXELS = 900_000;

Deno.test("A dead box is replaced: a new one takes the backup from a stick at its first start, the plug is pulled in the middle, and all is there", async (t) => {
  const { disk } = await images();
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-stick-" });
  const stick = `${folder}/stick`;
  const stored: string[] = [];
  try {
    await succeeds("truncate", "--size", "500M", stick);
    await succeeds("mkfs.vfat", "-n", "BACK UP", stick);

    await t.step("the old box stores, backs up to the stick, and dies", async () => {
      const old = await VirtualComputer.make({ image: disk });
      try {
        old.start({ stick });
        const call = await setUp(old);
        stored.push(await mainJob(call, old.ports));
        for (let n = 0; n < IMAGES; n++) {
          const object = ultrasoundObject({ pixels: PIXELS, shade: n });
          assert.equal((await send(old.ports.storage, object)).status, 0);
          stored.push(object.sopInstanceUid);
        }
        await holds(call, ({ disks }) => disks[0]?.folder === STICK);
        await (await call("PATCH", "/api/settings", { SONODESK_BACKUP_FOLDER: STICK })).body?.cancel();
        await (await call("POST", "/api/care/backup")).body?.cancel();
        await backedUp(call);
      } finally {
        await old.remove();
      }
    });

    const computer = await VirtualComputer.make({ image: disk });
    try {
      let on = 0;
      await t.step("a new one, out of its box, finds the backup on the stick and begins to bring it back", async () => {
        on = performance.now();
        computer.start({ stick });
        await well(computer);
        const [, code] = await computer.prints(/Its setup code is (\d{4}-\d{4})/, PATIENCE);
        const call = await overHttps(computer);
        await (await call("POST", "/api/setup/restore", { code })).body?.cancel();
        await chooses(call);
        const { work } = await untilDone("it has begun", async () => {
          const state = await (await call("GET", "/api/rescue")).json();
          assert.ok(state.work !== null, JSON.stringify(state));
          return state;
        });
        console.log(`the plug is pulled while: ${JSON.stringify(work)}`);
      });

      await t.step("its plug is pulled in the middle: it goes on from where it was", async () => {
        await computer.end();
        computer.start({ stick });
        const kind = await kindOf(computer);
        console.log(`after the plug was pulled: ${kind}`);
        if (kind === "works") return;
        const call = await overHttps(computer);
        const [, code] = await computer.prints(/code is (\d{4}-\d{4})/, PATIENCE);
        const path = kind === "first start" ? "/api/setup/restore" : "/api/rescue/session";
        await (await call("POST", path, { code })).body?.cancel();
        await chooses(call);
      });

      await t.step("people sign in as on the old one, machines are answered, and every image follows", async () => {
        const call = await untilSignedIn(computer);
        const found = await run(
          "findscu",
          [...["-W", "-k", "PatientName", "-k", "PatientID=SD-1001"]].concat([
            "127.0.0.1",
            computer.ports.worklist,
          ]),
        );
        assert.equal(found.code, 0, found.text);
        console.log(`${Math.round((performance.now() - on) / 1000)} s after it was first switched on it works`);
        const object = ultrasoundObject({ pixels: 4096 });
        assert.equal((await send(computer.ports.storage, object)).status, 0);
        for (const uid of [...stored, object.sopInstanceUid]) {
          const end = performance.now() + PATIENCE * 1000;
          for (;;) {
            const file = await call("GET", `/api/instances/${uid}/file`).catch((error) => error as Error);
            if (file instanceof Response) {
              assert.ok((await file.arrayBuffer()).byteLength > 1000);
              break;
            }
            assert.ok(performance.now() < end, `${uid}: ${file.message}`);
            await new Promise((resolve) => setTimeout(resolve, 1000));
          }
        }
        console.log(
          `${Math.round((performance.now() - on) / 1000)} s after it was first switched on every image is there`,
        );
      });
    } catch (error) {
      console.log(computer.printed.slice(-5000));
      throw error;
    } finally {
      await computer.remove();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Takes the one backup of the stick. */
async function chooses(call: Caller): Promise<void> {
  await untilDone("it offers to bring a backup back", async () => await call("GET", "/api/rescue"));
  assert.deepEqual(await (await call("GET", "/api/rescue/disks")).json(), [STICK], "nobody has to type it");
  const backup = { folder: STICK };
  const [snapshot] = await (await call("POST", "/api/rescue/backup", { backup })).json();
  assert.equal(snapshot.objects, IMAGES + 1);
  const choice = { way: "restore", snapshot: snapshot.name, backup };
  await (await call("POST", "/api/rescue/choice", choice)).body?.cancel();
}

/** Signs in as soon as the box that works is the old one. */
function untilSignedIn(computer: VirtualComputer): Promise<Caller> {
  return untilDone("people can sign in", () => signIn(computer, { failing: true }));
}

async function succeeds(command: string, ...args: string[]): Promise<void> {
  const { code, text } = await run(command, args);
  assert.equal(code, 0, text);
}
