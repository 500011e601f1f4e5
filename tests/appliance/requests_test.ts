import assert from "node:assert/strict";
import { hasProgram, run } from "../support/peers.ts";
import { Box } from "./requests_box.ts";

const OURS = Deno.uid() === 0;

Deno.test({
  name: "Requests: what is no request is thrown away, and does nothing",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    for (const name of ["unknown", "..x", "-rf", "reset.part", "a b"]) {
      assert.match(await box.request(name, "erase=everything\n"), /is no request/);
    }
    assert.match(await box.request("reset", "x".repeat(5000)), /is no request/);
    Deno.mkdirSync(`${box.inbox}/reset`);
    Deno.writeTextFileSync(`${box.inbox}/reset/inside`, "erase=everything\n");
    await box.does("apply-requests");
    box.write("elsewhere", "erase=everything\n");
    Deno.symlinkSync(`${box.folder}/elsewhere`, `${box.inbox}/reset`);
    await box.does("apply-requests");
    assert.deepEqual([...Deno.readDirSync(box.inbox)], []);
    assert.equal(box.read("elsewhere"), "erase=everything\n");
    assert.equal(box.read("data/erase"), undefined);
    assert.deepEqual(box.did, []);
  },
});

Deno.test({
  name: "A factory reset erases all at the next start, whatever was cut off before, and only when it was asked for",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    box.write("data/var/lib/sonodesk/sonodesk.sqlite", "patients");
    box.write("data/lost+found/#12", "patients too");
    box.write("data/machine-id", "of this box");
    box.write("data/.hidden", "patients as well");
    assert.equal((await box.does("erase-data")).code, 0);
    assert.match(await box.request("reset", "erase=nothing\n"), /refused/);
    assert.equal((await box.does("erase-data")).code, 0);
    assert.equal(box.read("data/var/lib/sonodesk/sonodesk.sqlite"), "patients");

    await box.request("reset", "erase=everything\n");
    assert.deepEqual(box.did, ["systemctl reboot"]);
    assert.equal(box.read("data/var/lib/sonodesk/sonodesk.sqlite"), "patients", "not while it is in use");
    const erased = await box.does("erase-data");
    assert.equal(erased.code, 0, erased.text);
    assert.deepEqual([...Deno.readDirSync(`${box.folder}/data`)], []);

    box.write("data/erase", "");
    box.write("data/var/left", "by a power cut");
    assert.equal((await box.does("erase-data")).code, 0);
    assert.deepEqual([...Deno.readDirSync(`${box.folder}/data`)], []);
    box.write("data/new", "of the next clinic");
    assert.equal((await box.does("erase-data")).code, 0);
    assert.equal(box.read("data/new"), "of the next clinic");
  },
});

const KEPT = "data/var/lib/sonodesk-computer";
const UNIT = "network/70-fixed.network";
const NONE = { address: "", gateway: "", address6: "", gateway6: "", dns: "", ntp: "", vlan: 0, vlanAddress: "" };
const AUTOMATIC = { state: "automatic", ...NONE };
const MACHINES = ["network/70-machines.netdev", "network/70-machines.network"];

Deno.test({
  name: "A fixed address is tried, and stays only when somebody keeps it; else what was before it comes back",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    await box.restarts();
    assert.deepEqual(box.said("network"), AUTOMATIC);
    const first = "address=192.168.1.20/24\ngateway=192.168.1.1\ndns=192.168.1.1 9.9.9.9\n";
    await box.request("network", `do=try\n${first}`);
    const unit = box.read(UNIT)!;
    assert.match(unit, /^Address=192\.168\.1\.20\/24\nGateway=192\.168\.1\.1\nDNS=192\.168\.1\.1\nDNS=9\.9\.9\.9$/m);
    assert.doesNotMatch(unit, /DHCP=|VLAN/);
    const shown = { ...NONE, address: "192.168.1.20/24", gateway: "192.168.1.1", dns: "192.168.1.1 9.9.9.9" };
    assert.deepEqual(box.said("network"), { state: "trying", ...shown });
    const did = box.did;
    assert.match(did[1]!, /^systemd-run .*--on-active=5min .*address back$/);
    assert.equal(did[2], "networkctl reload");

    assert.equal((await box.does("address", "back")).code, 0);
    assert.equal(box.read(UNIT), undefined);
    assert.deepEqual(box.said("network"), AUTOMATIC);
    assert.deepEqual(box.did, ["networkctl reload"]);
    assert.match(await box.request("network", "do=keep\n"), /refused/, "it is too late");

    await box.request("network", `do=try\n${first}`);
    await box.restarts();
    assert.deepEqual(box.said("network"), AUTOMATIC, "nor does it outlast a restart");
    await box.request("network", `do=try\n${first}`);
    await box.request("network", "do=keep\n");
    assert.ok(box.did.includes("systemctl stop sonodesk-address-back.timer"));
    await box.restarts();
    assert.deepEqual(box.said("network"), { state: "kept", ...shown });
    assert.equal(box.read(UNIT), unit);
    await box.does("address", "back");
    assert.equal(box.read(UNIT), unit, "one that was kept is not taken back");

    await box.request("network", "do=try\naddress=10.0.0.5/8\ngateway=\ndns=\n");
    assert.match(box.read(UNIT)!, /^Address=10\.0\.0\.5\/8$/m);
    await box.does("address", "back");
    assert.equal(box.read(UNIT), unit, "back to the address that was kept");
    await box.request("network", "do=automatic\n");
    assert.equal(box.read(UNIT), undefined);
    await box.restarts();
    assert.deepEqual(box.said("network"), AUTOMATIC);
  },
});

Deno.test({
  name: "What an earlier version kept of a fixed address holds",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    box.write(`${KEPT}/address`, "address=192.168.1.20/24\ngateway=192.168.1.1\ndns=\n");
    await box.restarts();
    const shown = { ...NONE, address: "192.168.1.20/24", gateway: "192.168.1.1" };
    assert.deepEqual(box.said("network"), { state: "kept", ...shown });
    assert.match(box.read(UNIT)!, /^Address=192\.168\.1\.20\/24$/m);
  },
});

Deno.test({
  name:
    "Beside an address of the network, servers, an IPv6 address and the machines' VLAN are tried and kept; they go alike",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    await box.restarts();
    await box.request("network", "do=try\ndns=10.0.0.53 fd00::53\nntp=ntp.example.org 10.0.0.123\n");
    const servers = box.read(UNIT)!;
    assert.match(
      servers,
      /^LinkLocalAddressing=yes\nDHCP=yes\nDNS=10\.0\.0\.53\nDNS=fd00::53\nNTP=ntp\.example\.org\nNTP=10\.0\.0\.123$/m,
    );
    assert.match(
      servers,
      /^\[DHCPv4\]\nUseDNS=no\nUseNTP=no\n\[DHCPv6\]\nUseDNS=no\nUseNTP=no\n\[IPv6AcceptRA\]\nUseDNS=no$/m,
    );
    assert.doesNotMatch(servers, /Address=/);
    await box.request("network", "do=keep\n");

    box.write("sys/class/net/machines7/ifindex", "7");
    const more = "address6=2001:db8:1::20/64\ngateway6=fe80::1\nvlan=4094\nvlanAddress=192.168.5.2/24\n";
    await box.request("network", `do=try\n${more}`);
    assert.match(box.read(UNIT)!, /^DHCP=yes\nAddress=2001:db8:1::20\/64\nGateway=fe80::1\nVLAN=machines4094$/m);
    assert.equal(box.read(MACHINES[0]!), "[NetDev]\nName=machines4094\nKind=vlan\n[VLAN]\nId=4094\n");
    assert.match(
      box.read(MACHINES[1]!)!,
      /^\[Match\]\nName=machines4094\n\[Network\]\n[^]*^Address=192\.168\.5\.2\/24$/m,
    );
    assert.deepEqual(box.did.slice(-2), ["networkctl reload", "ip link delete machines7"]);
    assert.deepEqual(box.said("network"), {
      ...{ ...NONE, state: "trying", vlan: 4094, vlanAddress: "192.168.5.2/24" },
      ...{ address6: "2001:db8:1::20/64", gateway6: "fe80::1" },
    });
    await box.does("address", "back");
    assert.equal(box.read(UNIT), servers, "back to what was kept");
    assert.deepEqual(MACHINES.map((path) => box.read(path)), [undefined, undefined]);

    await box.request("network", "do=try\nvlan=5\nvlanAddress=\n");
    assert.match(
      box.read(MACHINES[1]!)!,
      /^DHCP=ipv4\n\[DHCPv4\]\nClientIdentifier=mac\nUseGateway=no\nUseDNS=no\nUseNTP=no$/m,
    );
    await box.request("network", "do=keep\n");
    await box.restarts();
    assert.match(box.read(MACHINES[0]!)!, /^Id=5$/m);
    await box.request("network", "do=automatic\n");
    assert.deepEqual([UNIT, ...MACHINES].map((path) => box.read(path)), [undefined, undefined, undefined]);
    assert.deepEqual(box.said("network"), AUTOMATIC);
  },
});

Deno.test({
  name: "What is no network setting, or brings lines of its own, is refused by the image too",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    for (
      const lines of [
        "address=192.168.1.20",
        "address=192.168.1.20/33",
        "address=192.168.1.300/24",
        "address=192.168.1.255/24",
        "address=192.168.1.0/24",
        "address=127.0.0.2/8",
        "address=224.0.0.5/24",
        "address=192.168.1.20/24\ngateway=here",
        "address=192.168.1.20/24\ngateway=192.168.2.1",
        "address=192.168.1.20/24\ngateway=192.168.1.20",
        "address=192.168.1.20/24\ndns=1.1.1.1 $(touch /tmp/x)",
        "address=192.168.1.20/24]\n[Network]",
        "gateway=192.168.1.1",
        "dns=a.name",
        "dns=1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4",
        "dns=1.1.1.1,1.1.1.2",
        "dns=1::2::3",
        "ntp=-ntp.example.org",
        "ntp=10.0.0.300",
        "ntp=ntp..example.org",
        "ntp=ntp.example.org\tServers=x",
        "address6=2001:db8::20",
        "address6=2001:db8::20/129",
        "address6=2001:db8::20/0",
        "address6=2001:db8:::20/64",
        "address6=2001:db8:1:2:3:4:5:6:7/64",
        "address6=2001:db8:1:2:3:4:5/64",
        "address6=2001:db8::12345/64",
        "address6=fe80::20/64",
        "address6=ff02::1/64",
        "address6=::1/128",
        "address6=2001:db8::20/64%eth0",
        "address6=2001:db8::20/64\ngateway6=router",
        "gateway6=fe80::1",
        "vlan=0",
        "vlan=4095",
        "vlan=012",
        "vlan=5 6",
        "vlan=5\nvlanAddress=192.168.5.2",
        "vlanAddress=192.168.5.2/24",
        "vlan=5\naddress=192.168.5.3/24\nvlanAddress=192.168.5.2/28",
        "vlan=5\naddress=10.5.5.3/30\nvlanAddress=10.0.0.2/8",
        "",
      ]
    ) {
      assert.match(await box.request("network", `do=try\n${lines}\n`), /refused/, lines);
    }
    assert.match(await box.request("network", "address=192.168.1.20/24\n"), /refused/);
    assert.deepEqual([UNIT, ...MACHINES].map((path) => box.read(path)), [undefined, undefined, undefined]);
    assert.deepEqual(box.did, []);
  },
});

Deno.test({
  name: "SSH: one key of OpenSSH and no options; the box's own keys are made when it is first opened",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    const made = await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "anil", "-f", `${box.folder}/anil`]);
    assert.equal(made.code, 0, made.text);
    const key = box.read("anil.pub")!.trim();
    const rubbish = `ssh-ed25519 ${"A".repeat(68)}`;
    for (const wrong of [`command="sh" ${key}`, `${key}\n${key}`, rubbish, "ssh-ed25519", ` ${key}`, `${key}\nkey=`]) {
      assert.match(await box.request("ssh", `key=${wrong}\n`), /refused/, wrong);
    }
    assert.equal(box.read(`${KEPT}/authorized_keys`), undefined);
    assert.deepEqual(box.did, []);

    await box.request("ssh", `key=${key}\n`);
    assert.equal(box.read(`${KEPT}/authorized_keys`), `${key}\n`);
    assert.deepEqual(box.did, ["systemctl restart sonodesk-ssh.service"]);
    const own = box.read(`${KEPT}/ssh_host_ed25519_key`)!;
    assert.equal(Deno.statSync(`${box.folder}/${KEPT}/ssh_host_ed25519_key`).mode! & 0o777, 0o600);
    await box.restarts();
    assert.match(JSON.stringify(box.said("ssh")), /^\{"fingerprint":"SHA256:[\w+/]{43}"\}$/);
    await box.request("ssh", "key=\n");
    assert.equal(box.read(`${KEPT}/authorized_keys`), undefined);
    assert.deepEqual(box.did, ["systemctl stop sonodesk-ssh.service"]);
    assert.deepEqual(box.said("ssh"), { fingerprint: "" });
    await box.request("ssh", `key=${key}\n`);
    assert.equal(box.read(`${KEPT}/ssh_host_ed25519_key`), own, "it is the same box");
  },
});

Deno.test({
  name: "The screen's settings are kept, and the kiosk is started again with them",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    for (
      const wrong of [
        "rotation=45\nscale=100\ndarkMinutes=5",
        "rotation=90",
        "rotation=90\nscale=1;reboot\ndarkMinutes=5",
      ]
    ) {
      assert.match(await box.request("screen", `${wrong}\n`), /refused/);
    }
    await box.request("screen", "rotation=90\nscale=125\ndarkMinutes=0\nmore=$(reboot)\n");
    assert.equal(box.read(`${KEPT}/screen`), "rotation=90\nscale=125\ndarkMinutes=0\n");
    assert.deepEqual(box.did, TRIED);
    await box.restarts();
    assert.deepEqual(box.said("screen"), { rotation: 90, scale: 125, darkMinutes: 0 });
  },
});

const TOUCH_RULE = "rules/99-sonodesk-touch.rules";

/** The rule by which udev tells libinput these numbers. */
function ruleOf(matrix: string): string {
  return `ENV{ID_INPUT_TOUCHSCREEN}=="1", ENV{LIBINPUT_CALIBRATION_MATRIX}="${matrix}"\n`;
}

const TRIED = [
  "udevadm control --reload",
  "udevadm trigger --subsystem-match=input --action=change --settle",
  "systemctl try-restart sonodesk-kiosk.service",
];

/** By how many degrees, clockwise: as libinput's documentation has them, "Calibration of absolute devices". */
const TURNED = {
  90: "0.000000 -1.000000 1.000000 1.000000 0.000000 0.000000",
  180: "-1.000000 0.000000 1.000000 0.000000 -1.000000 1.000000",
  270: "0.000000 1.000000 0.000000 -1.000000 0.000000 1.000000",
};

Deno.test({
  name: "Touches are turned as the picture is, which the compositor does not, and after a calibration that holds",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    await box.restarts();
    const turn = (degrees: number) => box.request("screen", `rotation=${degrees}\nscale=150\ndarkMinutes=0\n`);
    for (const [degrees, matrix] of Object.entries(TURNED)) {
      await turn(Number(degrees));
      assert.deepEqual(box.did, TRIED, "the touchscreen is new to the browser's compositor");
      assert.equal(box.read(TOUCH_RULE), ruleOf(matrix));
      await box.restarts();
      assert.equal(box.read(TOUCH_RULE), ruleOf(matrix));
      assert.deepEqual(box.said("touch"), { state: "uncalibrated", matrix: "" });
    }

    // where the finger is on the panel at (0.1, 0.2): 0.05 and 0.4 come of the calibration, then the turn
    const calibrated = "0.500000 0.000000 0.000000 0.000000 2.000000 0.000000";
    await turn(0);
    assert.equal(box.read(TOUCH_RULE), undefined);
    await box.request("touch", `do=try\nmatrix=${calibrated}\n`);
    const landing = () => {
      const [a, b, c, d, e, f] = /"(-?[\d.]+(?: -?[\d.]+){5})"/.exec(box.read(TOUCH_RULE)!)![1]!.split(" ").map(Number);
      return [a! * 0.1 + b! * 0.2 + c!, d! * 0.1 + e! * 0.2 + f!].map((share) => Number(share.toFixed(6)));
    };
    assert.deepEqual(landing(), [0.05, 0.4]);
    await turn(90);
    assert.deepEqual(landing(), [0.6, 0.05], "the one on trial");
    await box.request("touch", "do=keep\n");
    await turn(180);
    assert.deepEqual(landing(), [0.95, 0.6]);
    await turn(270);
    assert.deepEqual(landing(), [0.4, 0.95]);
    await box.restarts();
    assert.deepEqual(landing(), [0.4, 0.95]);
    assert.deepEqual(box.said("touch"), { state: "kept", matrix: calibrated });
    await box.request("touch", "do=off\n");
    assert.equal(box.read(TOUCH_RULE), ruleOf(TURNED[270]));
  },
});

Deno.test({
  name:
    "A calibration of the touchscreen is tried, and stays only when somebody keeps it; else what was before it is back",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    const [first, second] = [
      "1.052632 0.000000 -0.026316 0.000000 0.990000 0.010000",
      "0.000000 -1.000000 1.000000 1.000000 0.000000 0.000000",
    ];
    await box.restarts();
    assert.deepEqual(box.said("touch"), { state: "uncalibrated", matrix: "" });
    assert.match(await box.request("touch", "do=keep\n"), /refused/);

    // nobody keeps it
    await box.request("touch", `do=try\nmatrix=${first}\nmore=$(reboot)\n`);
    const [stopped, timer, ...did] = box.did;
    assert.equal(stopped, "systemctl stop sonodesk-touch-back.timer");
    assert.match(timer!, /^systemd-run .*--unit=sonodesk-touch-back --on-active=5min .*\/touch-settings back$/);
    assert.deepEqual(did, TRIED);
    assert.equal(box.read(TOUCH_RULE), ruleOf(first));
    assert.equal(box.read("run/touch-on-trial"), `matrix=${first}\n`);
    assert.deepEqual(box.said("touch"), { state: "trying", matrix: first });
    assert.equal(box.read(`${KEPT}/touch`), undefined);
    assert.equal((await box.does("touch-settings", "back")).code, 0);
    assert.deepEqual(box.did, TRIED);
    assert.equal(box.read(TOUCH_RULE), undefined);
    assert.equal(box.read("run/touch-on-trial"), undefined);
    assert.deepEqual(box.said("touch"), { state: "uncalibrated", matrix: "" });

    // somebody does, and it holds after a restart; the timer that comes too late changes nothing
    await box.request("touch", `do=try\nmatrix=${first}\n`);
    box.did;
    await box.request("touch", "do=keep\n");
    assert.deepEqual(box.did, ["systemctl stop sonodesk-touch-back.timer"], "the browser goes on");
    assert.equal((await box.does("touch-settings", "back")).code, 0);
    assert.deepEqual(box.did, []);
    assert.deepEqual(box.said("touch"), { state: "kept", matrix: first });
    await box.restarts();
    assert.equal(box.read(TOUCH_RULE), ruleOf(first));
    assert.deepEqual(box.said("touch"), { state: "kept", matrix: first });

    // another is tried: the first is back after a restart, or some minutes
    await box.request("touch", `do=try\nmatrix=${second}\n`);
    assert.equal(box.read(TOUCH_RULE), ruleOf(second));
    await box.restarts();
    assert.equal(box.read(TOUCH_RULE), ruleOf(first));
    await box.request("touch", `do=try\nmatrix=${second}\n`);
    await box.does("touch-settings", "back");
    assert.equal(box.read(TOUCH_RULE), ruleOf(first));
    assert.deepEqual(box.said("touch"), { state: "kept", matrix: first });

    // given up, also while another is tried
    await box.request("touch", `do=try\nmatrix=${second}\n`);
    box.did;
    await box.request("touch", "do=off\n");
    assert.deepEqual(box.did, ["systemctl stop sonodesk-touch-back.timer", ...TRIED]);
    assert.equal(box.read(TOUCH_RULE), undefined);
    await box.restarts();
    assert.equal(box.read(TOUCH_RULE), undefined);
    assert.deepEqual(box.said("touch"), { state: "uncalibrated", matrix: "" });
  },
});

Deno.test({
  name: "What is no calibration, or takes the screen out of a finger's reach, is refused by the image too",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    const zero = "0.000000";
    for (
      const wrong of [
        "do=try",
        `do=try\nmatrix=1.000000 ${zero} ${zero} ${zero} 1.000000`,
        "do=try\nmatrix=1 0 0 0 1 0",
        `do=try\nmatrix=1.000000 ${zero} ${zero} ${zero} 1.000000 ${zero} ${zero}`,
        `do=try\nmatrix=1.000000 ${zero} 9.000000 ${zero} 1.000000 ${zero}`,
        `do=try\nmatrix=1.000000 ${zero} ${zero} ${zero} 1.000000 ${zero}", RUN+="/bin/reboot`,
        `do=try\nmatrix=1.000000 1.000000 ${zero} 1.000000 1.000000 ${zero}`,
        `do=try\nmatrix=0.100000 ${zero} ${zero} ${zero} 1.000000 ${zero}`,
        `do=try\nmatrix=4.000000 ${zero} ${zero} ${zero} -4.000000 ${zero}`,
        "do=more",
      ]
    ) {
      assert.match(await box.request("touch", `${wrong}\n`), /refused/, wrong);
    }
    assert.equal(box.read(TOUCH_RULE), undefined);
    assert.deepEqual(box.did, []);
    // what is kept is looked at again
    box.write(`${KEPT}/touch`, 'matrix=1.000000"\n');
    await box.restarts();
    assert.equal(box.read(TOUCH_RULE), undefined);
    assert.deepEqual(box.said("touch"), { state: "uncalibrated", matrix: "" });
  },
});

Deno.test({
  name: "The computer is restarted or switched off as the page asks, and by no other word",
  ignore: !OURS,
  fn: async () => {
    using box = new Box();
    for (const [request, did] of [["restart", ["systemctl reboot"]], ["off", ["systemctl poweroff"]], ["halt", []]]) {
      const printed = await box.request("power", `do=${request}\n`);
      assert.deepEqual(box.did, did);
      assert.equal(/was refused/.test(printed), did!.length === 0);
    }
  },
});

Deno.test({
  name:
    "The kiosk's keyboard has the keys that people type with, and none of which a browser or a desktop makes anything",
  ignore: !hasProgram("xkbcli"),
  fn: async () => {
    const kiosk = new URL("../../appliance/image/kiosk/etc/xkb", import.meta.url).pathname;
    const { code, text } = await run("xkbcli", [
      ...["compile-keymap", "--include", kiosk, "--include-defaults"],
      ...["--rules", "sonodesk", "--model", "pc105", "--layout", "us"],
    ]);
    assert.equal(code, 0, text);
    const symbols = text.slice(text.indexOf("xkb_symbols"));
    for (const key of ["a,               A", "Return", "Escape", "BackSpace", "Tab", "Left", "KP_7", "Shift_L"]) {
      assert.ok(symbols.includes(key), key);
    }
    assert.doesNotMatch(
      symbols,
      /Control|Alt_|Meta|Super|Hyper|Menu|XF86|Print|Sys_Req|\bF\d+\b|ISO_Level|Mode_switch/,
    );
    assert.match(symbols, /<ESC>[^;]*Escape, +VoidSymbol/, "Shift and Escape is the browser's task manager");
    const unit = new URL("../../usr/lib/systemd/system/sonodesk-kiosk.service", `file://${kiosk}/`);
    assert.match(await Deno.readTextFile(unit), /^Environment=XKB_DEFAULT_RULES=sonodesk$/m);
  },
});
