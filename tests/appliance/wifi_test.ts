import assert from "node:assert/strict";
import { hasProgram, run } from "../support/peers.ts";
import { until } from "../support/until.ts";
import { Box } from "./requests_box.ts";

const OURS = Deno.uid() === 0;
const KEPT = "data/var/lib/sonodesk-computer/wifi";
const SETTINGS = "run/wifi/supplicant.conf";
const OFF = { state: "off", country: "", withCable: "no", networks: "" };

const digits = (text: string) => new TextEncoder().encode(text).toHex();
const CLINIC = digits("Clinic");
const PASSWORD = 'a "pass\\word" #%n';
const network = (name: string, password = PASSWORD, kind = "wpa:seen") => `network=${name}:${kind}:${digits(password)}`;
const FIRST = ["do=try", "country=IN", "withCable=no", network(CLINIC)];

Deno.test({
  name: "Wi-Fi is tried, and stays only when somebody keeps it; a password that is known is not asked for, nor told",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    const request = (...lines: string[]) => box.request("wifi", lines.join("\n") + "\n");
    await box.restarts();
    assert.deepEqual(box.said("wifi"), OFF);
    await request(...FIRST);
    const shown = { country: "IN", withCable: "no", networks: `${CLINIC}:wpa:seen` };
    assert.deepEqual(box.said("wifi"), { state: "trying", ...shown });
    assert.match(box.did[1]!, /^systemd-run .*--on-active=5min .*wifi back$/);
    assert.equal((await box.does("wifi", "back")).code, 0);
    assert.equal(box.read(SETTINGS), undefined);
    assert.deepEqual(box.said("wifi"), OFF);
    assert.match(await request("do=keep"), /refused/, "it is too late");

    await request(...FIRST);
    await box.restarts();
    assert.deepEqual(box.said("wifi"), OFF, "nor does it outlast a restart");
    await request(...FIRST);
    await request("do=keep");
    const settings = box.read(SETTINGS)!;
    await box.restarts();
    assert.deepEqual(box.said("wifi"), { state: "kept", ...shown });
    assert.equal(box.read(SETTINGS), settings);

    // another before it; of the one that is known no password is sent
    const more = ["do=try", "country=IN", "withCable=yes", network("ff00", "12345678", "wpa3:hidden")];
    await request(...more, `network=${CLINIC}:wpa3:seen:`);
    const both = box.read(SETTINGS)!;
    assert.match(both, /ssid=ff00\npriority=8[^}]*psk="12345678"\nscan_ssid=1\nkey_mgmt=SAE\nieee80211w=2\n/);
    assert.ok(both.includes(`ssid=${CLINIC}\npriority=7\n`) && both.includes(`psk="${PASSWORD}"\n`), both);
    await box.does("wifi", "back");
    assert.equal(box.read(SETTINGS), settings, "back to what was kept");
    for (const path of [KEPT, SETTINGS]) assert.equal(Deno.statSync(`${box.folder}/${path}`).mode! & 0o077, 0, path);
    const told = [...Deno.readDirSync(`${box.folder}/run/computer`)].map(({ name }) =>
      box.read(`run/computer/${name}`)
    );
    assert.doesNotMatch(told.join(), new RegExp(`pass|${digits(PASSWORD)}`));

    await request("do=off");
    assert.equal(box.read(KEPT), undefined);
    assert.equal(box.read(SETTINGS), undefined);
    await box.restarts();
    assert.deepEqual(box.said("wifi"), OFF);
    assert.match(await request(...more, `network=${CLINIC}:wpa:seen:`), /refused/, "its password is forgotten");
  },
});

Deno.test({
  name: "Wi-Fi: what is no setting of it, or brings lines of its own, is refused by the image too",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    const first = ["country=IN", "withCable=no"];
    for (
      const lines of [
        [],
        first,
        ["country=india", "withCable=no", network(CLINIC)],
        ["country=IN", "withCable=perhaps", network(CLINIC)],
        ["withCable=no", network(CLINIC)],
        [...first, network("")],
        [...first, network("0g")],
        [...first, network("41".repeat(33))],
        [...first, network(CLINIC, "7 chars")],
        [...first, network(CLINIC, "x".repeat(64))],
        [...first, network(CLINIC, "a password\nctrl_interface=/tmp/x")],
        [...first, network(CLINIC, "pässwörter")],
        [...first, network(CLINIC, PASSWORD, "open:seen")],
        [...first, network(CLINIC, PASSWORD, "wpa:maybe")],
        [...first, `network=${CLINIC}:wpa:seen:`],
        [...first, network(CLINIC), network(CLINIC)],
        [...first, ...Array.from({ length: 9 }, (_, n) => network(`4${n}`))],
      ]
    ) {
      assert.match(await box.request("wifi", ["do=try", ...lines, ""].join("\n")), /refused/, lines.join());
    }
    assert.match(await box.request("wifi", `${FIRST.slice(1).join("\n")}\n`), /refused/);
    assert.equal(box.read(SETTINGS), undefined);
    assert.deepEqual(box.did, []);
  },
});

Deno.test({
  name: "Wi-Fi's settings are what wpa_supplicant reads: names, passwords, WPA2 and WPA3, and which is preferred",
  ignore: !OURS || !hasProgram("wpa_supplicant"),
  async fn() {
    using box = new Box();
    const name = digits('क्लिनिक "2"');
    await box.restarts();
    const lines = [...FIRST, network(name, "x".repeat(63), "wpa3:hidden")];
    assert.equal(await box.request("wifi", lines.join("\n") + "\n"), "");
    // no air: by a driver that is there everywhere
    const at = ["-i", "lo", "-c", `${box.folder}/${SETTINGS}`, "-P", `${box.folder}/pid`];
    const started = await run("wpa_supplicant", ["-B", "-D", "wired", ...at]);
    assert.equal(started.code, 0, started.text);
    try {
      const ask = async (...args: string[]) =>
        (await run("wpa_cli", ["-p", `${box.folder}/run/wifi/control`, "-i", "lo", ...args])).text.trim();
      const of = (id: number, key: string) => ask("get_network", String(id), key);
      assert.equal(await of(0, "ssid"), '"Clinic"');
      assert.equal(await of(0, "key_mgmt"), "WPA-PSK WPA-PSK-SHA256 SAE");
      assert.equal(await of(0, "psk"), "*", "it is there, and not told");
      assert.deepEqual([await of(0, "priority"), await of(1, "priority")], ["8", "7"]);
      assert.equal(await of(1, "ssid"), name);
      assert.deepEqual([await of(1, "key_mgmt"), await of(1, "ieee80211w"), await of(1, "scan_ssid")], [
        "SAE",
        "2",
        "1",
      ]);
      assert.deepEqual([await of(0, "proto"), await of(0, "pairwise")], ["RSN", "CCMP"]);
      assert.equal(await ask("get", "country"), "IN");
    } finally {
      Deno.kill(Number(box.read("pid")!), "SIGTERM");
      await until("wpa_supplicant has ended", () => box.read("pid") === undefined);
    }
  },
});

Deno.test({
  name: "Wi-Fi: the radio is off while a cable has a link, unless somebody tries it or has asked for both",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    const cable = (link: boolean) => box.write("sys/class/net/eth0/carrier", link ? "1\n" : "0\n");
    box.write("sys/class/net/eth0/type", "1\n");
    box.write("sys/class/net/eth0/device/vendor", "");
    box.write("sys/class/net/wlan0/type", "1\n");
    box.write("sys/class/net/wlan0/device/vendor", "");
    box.write("sys/class/net/wlan0/phy80211/rfkill0/soft", "1\n");
    cable(true);
    // there is no air: what is told them is what wpa_supplicant says of one
    const status = `ssid=Cl\\xc3\\xafnic \\"1\\"\nwpa_state=COMPLETED\nip_address=10.0.0.5\n`;
    const seen = [
      "bssid / frequency",
      "02::1\t2412\t-70\t[WPA2-PSK+SAE-CCMP][ESS]\tFar",
      "02::2\t2412\t-40\t[WPA2-SAE-CCMP]\tNear",
    ]
      .concat(
        "02::3\t2412\t-41\t[WEP][ESS]\tOld",
        "02::4\t2412\t-80\t[WPA2-PSK-CCMP][ESS]\tFar",
        "02::5\t1\t-9\t[ESS]\t",
      )
      .concat("02::6\t1\t-9\t[WPA2-PSK-CCMP][ESS]\t\\x00\\x00", "02::7\t1\t-90\t[WPA2-EAP-CCMP]\t\\e\\\\x\\xff").join(
        "\n",
      );
    box.write("status", status);
    box.write("scan_results", seen);
    const program = (name: string, text: string) =>
      Deno.writeTextFileSync(`${box.folder}/bin/${name}`, `#!/bin/bash\n${text}`, { mode: 0o755 });
    program("wpa_supplicant", `echo "on $*" >>"${box.folder}/did"\nexec sleep 1000\n`);
    program("wpa_cli", `case "$5" in scan) echo OK ;; *) cat "${box.folder}/$5" ;; esac\n`);
    program("ip", `[ "$1" = -o ] && exec sleep 1000\necho "ip $*" >>"${box.folder}/did"\n`);
    await box.restarts();
    const service = box.starts("wifi", "run");
    const radio = (expected: object) =>
      until("the radio", () => {
        const said = box.read("run/computer/radio.json");
        return said !== undefined && JSON.stringify({ ...JSON.parse(said), ...expected }) === said.trim();
      });
    const request = (...lines: string[]) => box.request("wifi", lines.join("\n") + "\n");
    const connected = { state: "connected", name: `x${digits('Clïnic "1"')}`, address: "10.0.0.5" };
    try {
      await radio({ card: "wlan0", cable: "yes", state: "off", name: "", address: "" });
      assert.deepEqual(box.did, []);
      await request("do=look");
      await until("what is seen", () => box.read("run/computer/seen.json") !== undefined);
      const { networks } = box.said("seen") as { networks: string };
      const near = [`${digits("Near")}:wpa3:-40`, `${digits("Old")}:other:-41`, `${digits("Far")}:wpa:-70`];
      assert.equal(networks, [...near, "1b5c78ff:other:-90"].join(" "));
      await until("it is off again", () => box.read("did")!.includes("ip link set wlan0 down"));
      assert.match(box.did[0]!, /^on -q -i wlan0 -D nl80211 -c .*look\.conf$/);
      assert.equal(box.read("sys/class/net/wlan0/phy80211/rfkill0/soft"), "0\n");

      await request(...FIRST);
      await radio({ cable: "yes", ...connected });
      await request("do=keep");
      await radio({ cable: "yes", state: "off" });
      cable(false);
      await radio({ cable: "no", ...connected });
      cable(true);
      await radio({ cable: "yes", state: "off" });
      await request("do=try", "country=IN", "withCable=yes", `network=${CLINIC}:wpa:seen:`);
      await request("do=keep");
      await radio({ cable: "yes", ...connected });
      box.write("status", "wpa_state=SCANNING\n");
      box.write("list_networks", "0\tClinic\tany\t[TEMP-DISABLED]\n");
      await radio({ cable: "yes", state: "refused", name: "" });
      Deno.removeSync(`${box.folder}/sys/class/net/wlan0`, { recursive: true });
      await radio({ card: "", state: "off" });
    } finally {
      service.kill("SIGTERM");
      assert.equal((await service.status).code, 0);
    }
  },
});
