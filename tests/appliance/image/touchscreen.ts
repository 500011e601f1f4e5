/**
 * Runs on the box as root, for the test of its touchscreen: makes one by uinput, lays a red square on the kiosk page, and
 * touches the screen where a line of standard input says, in shares of its width and height. Prints where in the page that
 * was, in the same shares, and what the page took it for.
 */
import { inPage } from "./kiosk_page.ts";

// linux/uinput.h and linux/input-event-codes.h
const [UI_DEV_CREATE, UI_DEV_SETUP, UI_ABS_SETUP] = [0x5501n, 0x405c5503n, 0x401c5504n];
const [UI_SET_EVBIT, UI_SET_KEYBIT, UI_SET_PROPBIT] = [0x40045564n, 0x40045565n, 0x4004556en];
const [EV_SYN, EV_KEY, EV_ABS, BTN_TOUCH, INPUT_PROP_DIRECT, BUS_USB] = [0, 1, 3, 0x14a, 1, 3];
const [ABS_X, ABS_Y, ABS_MT_SLOT, ABS_MT_X, ABS_MT_Y, ABS_MT_TRACKING_ID] = [0, 1, 0x2f, 0x35, 0x36, 0x39];
const SIDE = 10_000;
const AT = { x: 0.25, y: 0.15 };

const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
});
/** The same call, with a number in place of a structure. */
const withNumber = Deno.dlopen("libc.so.6", { ioctl: { parameters: ["i32", "u64", "i64"], result: "i32" } });

const device = libc.symbols.open(new TextEncoder().encode("/dev/uinput\0"), 1);
if (device < 0) throw new Error("there is no /dev/uinput");

function ensure(result: number): void {
  if (result < 0) throw new Error("the touchscreen could not be made");
}

function axis(code: number, most: number): void {
  const setup = new DataView(new ArrayBuffer(28));
  setup.setUint16(0, code, true);
  setup.setInt32(12, most, true);
  ensure(libc.symbols.ioctl(device, UI_ABS_SETUP, new Uint8Array(setup.buffer)));
}

function emit(...events: [type: number, code: number, value: number][]): void {
  for (const [type, code, value] of [...events, [EV_SYN, 0, 0] as const]) {
    const event = new DataView(new ArrayBuffer(24));
    event.setUint16(16, type, true);
    event.setUint16(18, code, true);
    event.setInt32(20, value, true);
    ensure(Number(libc.symbols.write(device, new Uint8Array(event.buffer), 24n)));
  }
}

for (const type of [EV_KEY, EV_ABS]) ensure(withNumber.symbols.ioctl(device, UI_SET_EVBIT, BigInt(type)));
ensure(withNumber.symbols.ioctl(device, UI_SET_KEYBIT, BigInt(BTN_TOUCH)));
ensure(withNumber.symbols.ioctl(device, UI_SET_PROPBIT, BigInt(INPUT_PROP_DIRECT)));
for (const code of [ABS_X, ABS_Y, ABS_MT_X, ABS_MT_Y]) axis(code, SIDE);
axis(ABS_MT_SLOT, 9);
axis(ABS_MT_TRACKING_ID, 65535);
const setup = new Uint8Array(92);
new DataView(setup.buffer).setUint16(0, BUS_USB, true);
setup.set(new TextEncoder().encode("Touchscreen of the tests"), 8);
ensure(libc.symbols.ioctl(device, UI_DEV_SETUP, setup));
ensure(withNumber.symbols.ioctl(device, UI_DEV_CREATE, 0n));

while (!await inPage("document.readyState === 'complete'")) await new Promise((resolve) => setTimeout(resolve, 500));
// the compositor takes the new touchscreen in meanwhile
await new Promise((resolve) => setTimeout(resolve, 5000));
const LAY = `
  if (window.touched === undefined) {
    const square = document.createElement("div");
    square.style = "position: fixed; left: ${AT.x * 100}vw; top: ${AT.y * 100}vh; width: 40px; height: 40px; " +
      "margin: -20px; background: #ff0000; z-index: 99999";
    document.body.append(square);
    window.touched = "";
    addEventListener("pointerdown", ({ clientX, clientY, pointerType }) =>
      window.touched = JSON.stringify({ x: clientX / innerWidth, y: clientY / innerHeight, kind: pointerType }), true);
  }
`;
// again and again: a page that was at the first start loads itself once somebody has set the box up elsewhere
setInterval(() => void inPage(LAY), 1000);
console.log(JSON.stringify({ ready: AT }));

let finger = 0;
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const [x, y] = text.trim().split(" ").map((share) => Math.round(Number(share) * SIDE)) as [number, number];
  await inPage("window.touched = ''");
  emit(
    ...[[EV_ABS, ABS_MT_SLOT, 0], [EV_ABS, ABS_MT_TRACKING_ID, ++finger]] as [number, number, number][],
    ...[[EV_ABS, ABS_MT_X, x], [EV_ABS, ABS_MT_Y, y], [EV_KEY, BTN_TOUCH, 1]] as [number, number, number][],
    ...[[EV_ABS, ABS_X, x], [EV_ABS, ABS_Y, y]] as [number, number, number][],
  );
  emit([EV_ABS, ABS_MT_TRACKING_ID, -1], [EV_KEY, BTN_TOUCH, 0]);
  let where: unknown = "";
  for (let n = 0; n < 100 && where === ""; n++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    where = await inPage("window.touched");
  }
  console.log(where === "" ? "nothing was touched" : where);
}
Deno.exit(0); // its square would be laid for ever
