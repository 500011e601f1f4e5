import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import { type Caller, mainJob } from "../main_job.ts";
import { Admin, holds } from "./admin.ts";
import { images } from "./images.ts";
import { DARK, PAGE, screenShows, screenUntil, SPLASH, WAITING } from "./screen.ts";
import { PATIENCE, setUp, signIn, untilDone, well } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

/** Keys with which combinations are made, by QEMU's names. */
const WITH = [["ctrl"], ["ctrl", "shift"], ["alt"], ["ctrl", "alt"], ["meta_l"], ["shift"]];
/** Those that lead out of a browser or a desktop, alone or with others. */
const LEADING_OUT = [
  ...["n", "t", "w", "o", "u", "h", "j", "l", "p", "s", "i", "tab", "esc", "delete", "backspace", "spc", "left"],
  ...["f1", "f2", "f3", "f4", "f5", "f6", "f7", "f10", "f11", "f12", "print", "compose"],
];
/**
 * What Chromium shows, two lines a page: its kind and address; beside them it has pages of its own, of another kind. Root
 * alone can have it asked. It neither takes HTTP/1.0 nor hangs up.
 */
const SHOWN =
  `exec 3<>/dev/tcp/127.0.0.1/9222; printf 'GET /json/list HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' >&3; ` +
  `while IFS= read -r -t 20 line <&3 && line=\${line%$'\\r'} && [ -n "$line" ]; do ` +
  `case $line in Content-Length:*) length=\${line#*:} ;; esac; done; ` +
  `timeout 20 head -c "$length" <&3 | grep -A 1 '"type": "page"'`;
/** How the screen is set, as the kiosk's own user sees it. */
const ON_SCREEN = "runuser -u kiosk -- env XDG_RUNTIME_DIR=/run/user/901 WAYLAND_DISPLAY=wayland-0 wlr-randr";

Deno.test("The PC's image boots from its firmware, does the main job, shows its page, and keeps what it was told", async (t) => {
  const { withScreen } = await images();
  const computer = await VirtualComputer.make({ image: withScreen, screen: true });
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-admin-" });
  const admin = new Admin(folder, computer.ports.ssh);
  try {
    let stored = "";
    let call!: Caller;
    let id = "";
    const started = performance.now();
    computer.start();
    await t.step("its screen shows what is being done, that its browser begins, and then the page", async () => {
      const order = await screenUntil(
        computer,
        { page: PAGE, splash: SPLASH, waiting: WAITING, dark: DARK },
        "page",
        "start",
      );
      console.log(`the screen while it starts: ${order.join(", ")}`);
      const bright = order.slice(order.indexOf("splash"));
      assert.equal(bright[0], "splash");
      assert.ok(bright.includes("waiting"), "while the browser begins");
    });
    await t.step("its screen shows the first start, and what else sets it up: a code, name and address", async () => {
      await well(computer);
      await screenShows(computer, PAGE, "appliance-first-start.png");
      console.log(`on the screen ${Math.round((performance.now() - started) / 1000)} s after it was switched on`);
    });
    await t.step("it is set up with the code that it prints, and does the main job", async () => {
      call = await setUp(computer);
      stored = await mainJob(call, computer.ports);
    });
    await t.step("its screen shows its page", async () => {
      await screenShows(computer, PAGE, "appliance-kiosk.png");
    });
    await t.step("no key leads out of it, and when the browser is killed it is back in seconds", async () => {
      await admin.opensSsh(call);
      await admin.onBox("touch /run/sonodesk/inspect; systemctl restart sonodesk-kiosk");
      // while it is being loaded a page has no address yet
      const before = await onBox(admin, SHOWN, /"page"[^]*http:\/\/localhost\//);
      assert.equal(before.match(/"type": "page"/g)!.length, 1, before);
      for (const key of LEADING_OUT) {
        await computer.press(key);
        for (const held of WITH) await computer.press(...held, key);
      }
      await new Promise((resolve) => setTimeout(resolve, 5000)); // another window would take a moment
      // one page, and the same: it may be loading again, but another would stay
      await onBox(admin, SHOWN, new RegExp(`^\\s*${RegExp.escape(before)}\\s*$`));
      await admin.onBox("rm /run/sonodesk/inspect");
      await screenShows(computer, PAGE, "appliance-keys.png");
      const browser = () => onBox(admin, "pgrep -o -x chromium", /^\d+$/m);
      const ended = await browser();
      const killed = performance.now();
      await admin.onBox(`kill -9 ${ended}`);
      const seen = await screenUntil(computer, { page: PAGE, waiting: WAITING, dark: DARK }, "waiting", "killed");
      assert.ok(!seen.includes("dark"), seen.join(", "));
      while (await browser() === ended);
      console.log(`another browser after ${Math.round((performance.now() - killed) / 1000)} s`);
      await screenShows(computer, PAGE, "appliance-killed.png");
    });
    await t.step("its browser may take only so much, and calls nobody but the box", async () => {
      const cgroup = await onBox(
        admin,
        "cut -d: -f3 /proc/$(pgrep -o -x chromium)/cgroup",
        /^\/user\.slice\/user-901\.slice\//,
      );
      const limits = await admin.onBox("cat /sys/fs/cgroup/user.slice/user-901.slice/memory.max");
      assert.equal(limits.text.trim(), String(1500 * 1024 * 1024));
      // as one of its own processes, and as another: a kernel that lets nothing out says so of UDP, of TCP it only waits
      const asBrowser = `echo $$ >/sys/fs/cgroup${cgroup}/cgroup.procs; `;
      const page = await admin.onBox(`${asBrowser}bash -c 'exec 3<>/dev/tcp/127.0.0.1/80' && echo reached`);
      assert.match(page.text, /^reached$/m);
      const toRouter = "bash -c 'echo >/dev/udp/10.0.2.2/9' 2>&1 && echo sent";
      assert.match((await admin.onBox(asBrowser + toRouter)).text, /not permitted/);
      assert.match((await admin.onBox(toRouter)).text, /^sent$/m);
    });
    await t.step("it is turned and scaled as the settings say, goes dark, and is back at a touch", async () => {
      const set = async (darkMinutes: number) => {
        const screen = { rotation: 90, scale: 150, darkMinutes };
        await (await call("PUT", "/api/computer/screen", screen)).body?.cancel();
      };
      await set(0);
      await holds(call, ({ screen }) => screen.rotation === 90 && screen.darkMinutes === 0);
      await onBox(admin, ON_SCREEN, /Transform: 90[^]*Scale: 1\.50/); // until then the picture is the old one
      await screenShows(computer, PAGE, "appliance-turned.png");
      await set(1);
      await onBox(admin, ON_SCREEN, /Enabled: no/); // while it starts anew it is dark as well
      await screenShows(computer, DARK, "appliance-dark.png");
      // of the hundreds of keys pressed before, the release of one may be lost: pressed once more it is none
      await untilDone("it is lit again", async () => {
        await computer.press("shift");
        assert.match((await admin.onBox(ON_SCREEN)).text, /Enabled: yes/);
      });
      await screenShows(computer, PAGE, "appliance-awake.png");
    });
    await t.step("after the plug was pulled everything is there, and it is the same box", async () => {
      id = machineId(computer);
      await (await call("PATCH", "/api/settings", { SONODESK_AE_TITLE: "SCANROOM" })).body?.cancel();
      await computer.end();
      const on = performance.now();
      computer.start();
      // who calls while it starts would be answered later, too late
      await computer.prints(/Sonodesk .* is ready/, PATIENCE);
      const asked = ["-v", "-W", "-k", "PatientName", "127.0.0.1", computer.ports.worklist];
      await untilDone("a machine is answered", async () => {
        assert.match((await run("findscu", asked)).text, /PN \[Sharma\^Priya/);
      });
      console.log(`a machine is answered ${Math.round((performance.now() - on) / 1000)} s after it was switched on`);
      call = await signIn(computer);
      const file = await call("GET", `/api/instances/${stored}/file`);
      assert.ok((await file.arrayBuffer()).byteLength > 1000);
      assert.equal(machineId(computer), id);
      assert.doesNotMatch(computer.printed, /Host name conflict/, "alone it keeps its name");
      await computer.prints(/Service "Worklist on sonodesk" .* successfully established/, PATIENCE);
      const announced = (await admin.onBox("cat /etc/avahi/services/sonodesk-*.service")).text;
      for (const port of [11112, 11113]) {
        assert.match(announced, new RegExp(`_dicom._tcp</type><port>${port}</port><txt-record>aet=SCANROOM<`));
      }
      assert.match(announced, /_https._tcp<\/type><port>443</);
      const spent = "systemd-analyze; systemd-analyze blame --no-pager | head -n 12; ";
      console.log(
        await onBox(admin, `${spent}systemd-analyze critical-chain sonodesk.service --no-pager`, /finished in/),
      );
    });
  } finally {
    await computer.remove();
    await Deno.remove(folder, { recursive: true });
  }
});

/** Does something on the box as root until it prints that, which it may not at once. Returns what it printed. */
async function onBox(admin: Admin, command: string, pattern: RegExp): Promise<string> {
  const end = performance.now() + PATIENCE * 1000;
  for (;;) {
    const { text } = await admin.onBox(command);
    if (pattern.test(text)) return text.trim();
    assert.ok(performance.now() < end, text);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The id by which the box knows itself, as systemd and the journal have it. */
function machineId(computer: VirtualComputer): string {
  return /The box's machine id is ([0-9a-f]{32})/.exec(computer.printed)![1]!;
}
