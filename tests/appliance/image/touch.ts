import assert from "node:assert/strict";
import sharp from "sharp";
import { Admin } from "./admin.ts";
import { images } from "./images.ts";
import { PAGE, screenShows } from "./screen.ts";
import { PATIENCE, setUp, untilDone } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

const PICTURE = new URL("../../.artifacts/touch.png", import.meta.url).pathname;

Deno.test("A touchscreen: a finger touches what it points at, however the screen is turned and scaled", async (t) => {
  const { withScreen } = await images();
  const computer = await VirtualComputer.make({ image: withScreen, screen: true });
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-touch-" });
  const admin = new Admin(folder, computer.ports.ssh);
  try {
    computer.start();
    const call = await setUp(computer);
    await admin.opensSsh(call);
    await admin.opensPage();
    await admin.onBox("modprobe uinput");
    for (const [rotation, scale] of [[0, 100], [90, 100], [180, 150], [270, 125]]) {
      await t.step(`turned by ${rotation} degrees, at ${scale} %`, async () => {
        const screen = { rotation, scale, darkMinutes: 0 };
        const before = await browserOf(admin);
        await (await call("PUT", "/api/computer/screen", screen)).body?.cancel();
        await untilDone("the browser has begun again", async () => assert.notEqual(await browserOf(admin), before));
        await using guest = await admin.looks("touchscreen.ts");
        const { ready: at } = JSON.parse(await guest.line(PATIENCE));
        await screenShows(computer, { "#ff0000": 0.0005 }, "touch.png");
        const square = await redOf(PICTURE);
        guest.say(`${square.x} ${square.y}`);
        const touched = JSON.parse(await guest.line(PATIENCE));
        console.log(JSON.stringify({ rotation, square, touched }));
        assert.equal(touched.kind, "touch");
        assert.ok(Math.abs(touched.x - at.x) < 0.02 && Math.abs(touched.y - at.y) < 0.02, JSON.stringify(touched));
      });
    }
    await screenShows(computer, PAGE, "touch-last.png");
  } catch (error) {
    console.log(computer.printed.slice(-5000));
    throw error;
  } finally {
    await computer.remove();
    await Deno.remove(folder, { recursive: true });
  }
});

/** The number of the browser's first process. */
async function browserOf(admin: Admin): Promise<string> {
  const { text } = await admin.onBox("pgrep -o -x chromium");
  assert.match(text, /^\d+\n$/);
  return text;
}

/** The middle of what is red in a picture, in shares of its width and height. */
async function redOf(path: string): Promise<{ x: number; y: number }> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let [x, y, count] = [0, 0, 0];
  for (let at = 0; at < data.length; at += info.channels) {
    if (data[at] !== 255 || data[at + 1] !== 0 || data[at + 2] !== 0) continue;
    const pixel = at / info.channels;
    [x, y, count] = [x + pixel % info.width, y + Math.floor(pixel / info.width), count + 1];
  }
  return { x: x / count / info.width, y: y / count / info.height };
}
