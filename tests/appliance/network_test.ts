import assert from "node:assert/strict";
import { type Announcement, writeAnnouncement } from "../../src/host/announcement.ts";
import { hasProgram, type Peer, run } from "../support/peers.ts";
import { Lan } from "./lan.ts";

const ROOT = new URL("../../appliance/", import.meta.url).pathname;
/** Some that the box opens, some that it must not, whoever listens there. */
const OPEN = [80, 443, 11112, 11113];
/** Of DICOM over TLS. */
const TLS = 2762;
const OPEN_UDP = [5353];
const SHUT_UDP = [53, 67, 68, 123, 161, 546, 1900, 5355, 11112, 40000];
const SHUT = [22, 23, 111, 631, 5000, 5432, 5443, 8080, 11114, 65535];

/** A network of its own takes root. */
const cannot = (...peers: Peer[]) => Deno.uid() !== 0 || !peers.every(hasProgram);

const LISTENER = `
for (const port of Deno.args.map(Number)) {
  const listener = Deno.listen({ port });
  (async () => { for await (const connection of listener) connection.close(); })();
}
// and each datagram is given back
const { createSocket } = await import("node:dgram");
for (const port of ${JSON.stringify([...OPEN_UDP, ...SHUT_UDP])}) {
  const socket = createSocket("udp4");
  socket.on("message", (message, { port, address }) => socket.send(message, port, address));
  socket.bind(port);
}
await new Promise(() => {});
`;
const UDP_WALKER = `
const { createSocket } = await import("node:dgram");
const [hostname, ...ports] = Deno.args;
const open = await Promise.all(ports.map((port) => new Promise((resolve) => {
  const socket = createSocket("udp4");
  const again = setInterval(() => socket.send("x", Number(port), hostname), 200);
  const end = (found) => { clearInterval(again); socket.close(); resolve(found); };
  const late = setTimeout(() => end([]), 5000);
  socket.on("message", () => { clearTimeout(late); end([Number(port)]); });
})));
console.log(JSON.stringify(open.flat()));
Deno.exit();
`;
const WALKER = `
const [hostname, ...ports] = Deno.args;
const open = await Promise.all(ports.map(async (port) => {
  const connecting = Deno.connect({ hostname, port: Number(port) });
  const late = new Promise((resolve) => setTimeout(() => resolve("late"), 5000));
  try {
    return await Promise.race([connecting, late]) === "late" ? [] : [Number(port)];
  } catch { return []; }
}));
console.log(JSON.stringify(open.flat()));
Deno.exit();
`;
/** Opens and shuts the firewall's port for DICOM over TLS. */
const TLS_PORT = `${ROOT}image/root/usr/lib/sonodesk/dicom-tls-port`;
/** Prints what the program takes for its name. */
const OWN_NAME = new URL("./own_name.ts", import.meta.url).pathname;

/** What the box says of itself in the appliance's image as it comes. */
const OF_THE_IMAGE = { aeTitle: "STORESCP", worklistPort: 11112, imagesPort: 11113, httpPort: 80, httpsPort: 443 };

/** Has what the box says announced by avahi, whose services are in a folder of its own. */
async function announce(folder: string, announcement: Announcement): Promise<void> {
  await writeAnnouncement(`${folder}/announcement`, announcement);
  const { code, text } = await announceWhatIsSaid(folder);
  assert.equal(code, 0, text);
}

function announceWhatIsSaid(folder: string): Promise<{ code: number; text: string }> {
  const env = { SONODESK_ANNOUNCEMENT: `${folder}/announcement`, SONODESK_AVAHI_SERVICES: `${folder}/services` };
  return run(`${ROOT}package/announce`, [], { env });
}

Deno.test("What the box says of itself is announced only when it is well formed; what was announced before stays", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-announcement-" });
  const read = () =>
    [...Deno.readDirSync(`${folder}/services`)].map(({ name }) => name).sort()
      .map((name) => `${name}\n${Deno.readTextFileSync(`${folder}/services/${name}`)}`).join("\n");
  try {
    await announce(folder, OF_THE_IMAGE);
    const before = read();
    assert.match(before, /<type>_acr-nema\._tcp<\/type><port>11113<\/port><txt-record>aet=STORESCP<\/txt-record>/);
    const lines = "worklistPort=104\nimagesPort=104\nhttpPort=80\n";
    for (
      const wrong of [
        "",
        lines,
        `${lines}aeTitle=\n`,
        `${lines}aeTitle=MORE THAN 16 CHARS\n`,
        `${lines}aeTitle=\u0007\n`,
        `${lines}aeTitle=X\nhttpsPort=443/tcp\n`,
        "aeTitle=X\nworklistPort=104</port>\nimagesPort=104\nhttpPort=80\n",
      ]
    ) {
      await Deno.writeTextFile(`${folder}/announcement`, wrong);
      const { code, text } = await announceWhatIsSaid(folder);
      assert.equal(code, 1, wrong);
      assert.match(text, /not announced anew/);
    }
    await Deno.writeTextFile(`${folder}/elsewhere`, `${lines}aeTitle=X\n`);
    await Deno.remove(`${folder}/announcement`);
    assert.equal((await announceWhatIsSaid(folder)).code, 1, "there is none");
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/announcement`);
    assert.equal((await announceWhatIsSaid(folder)).code, 1, "nor is another's file read for it");
    assert.equal(read(), before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "Found by name: the box and its services over mDNS, and a second box beside it",
  ignore: cannot("ip", "avahi-daemon", "avahi-browse", "dbus-daemon"),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-mdns-" });
    await using lan = await Lan.make();
    try {
      await lan.plug("box1", "10.77.0.2");
      await lan.plug("box2", "10.77.0.3");
      await lan.plug("box3", "10.77.0.4");
      await lan.plug("desk", "10.77.0.9");
      const config = `${folder}/avahi-daemon.conf`;
      // the image's own; without a bus, and on this network alone
      const ofImage = await Deno.readTextFile(`${ROOT}image/root/etc/avahi/avahi-daemon.conf`);
      await Deno.writeTextFile(
        config,
        ofImage.replace("[server]\n", "[server]\nenable-dbus=no\nallow-interfaces=lan\n"),
      );
      const services = `${folder}/services`;
      await announce(folder, OF_THE_IMAGE);
      // each with a /run of its own
      const own = "mount -t tmpfs none /run && mkdir -p /run/avahi-daemon /run/dbus";
      const avahi =
        `${own} && mount --bind ${services} /etc/avahi/services && exec avahi-daemon --no-drop-root --no-chroot`;
      lan.start("box1", "unshare", "-m", "sh", "-c", `${avahi} -f ${config}`);
      // the desk looks around with a bus of its own
      const ask = async (command: string) => {
        const script = [
          "set -e",
          own,
          "mount -t tmpfs none /etc/avahi/services",
          "dbus-daemon --system --print-address --nofork --nopidfile >/run/bus &",
          "until [ -s /run/bus ]; do sleep 0.1; done",
          `avahi-daemon -D --no-drop-root --no-chroot -f ${folder}/desk.conf`,
          `${command} || true`,
          "avahi-daemon -k",
          "kill $!",
        ].join("\n");
        return (await lan.run("desk", "unshare", "-m", "sh", "-c", script)).text;
      };
      await Deno.writeTextFile(`${folder}/desk.conf`, "[server]\nhost-name=desk\nuse-ipv6=no\nallow-interfaces=lan\n");
      const until = async (command: string, ...patterns: RegExp[]) => {
        let text = "";
        for (let tries = 0; tries < 20; tries++) {
          text = await ask(command);
          if (patterns.every((pattern) => pattern.test(text))) return;
        }
        assert.fail(`${patterns.filter((pattern) => !pattern.test(text))} not in: ${text}`);
      };
      await until("avahi-resolve -4 -n sonodesk.local", /10\.77\.0\.2/);
      lan.start("box2", "unshare", "-m", "sh", "-c", `${avahi} -f ${config}`);
      await until("avahi-resolve -4 -n sonodesk-2.local", /10\.77\.0\.3/);
      const service = (type: string, name: string, port: number, txt: string) =>
        new RegExp(`=;lan;IPv4;${name}[^;]*;${type};local;sonodesk\\.local;10\\.77\\.0\\.2;${port};"${txt}"`);
      const browse = "avahi-browse --all --resolve --parsable --no-db-lookup --terminate";
      await until(
        browse,
        service("_dicom._tcp", "Worklist", 11112, "aet=STORESCP"),
        service("_dicom._tcp", "Images", 11113, "aet=STORESCP"),
        service("_acr-nema._tcp", "Worklist", 11112, "aet=STORESCP"),
        service("_acr-nema._tcp", "Images", 11113, "aet=STORESCP"),
        service("_http._tcp", "Sonodesk", 80, "path=/"),
        service("_https._tcp", "Sonodesk", 443, "path=/"),
        /sonodesk-2\.local;10\.77\.0\.3;11112/,
      );
      // other settings, and a start with them
      const others = {
        aeTitle: "A&B <1>",
        worklistPort: 104,
        imagesPort: 4242,
        tlsPort: 2762,
        httpPort: 5000,
        httpsPort: undefined,
      };
      await announce(folder, others);
      await until(
        browse,
        service("_dicom._tcp", "Worklist", 104, "aet=A&B <1>"),
        service("_dicom._tcp", "Images", 4242, "aet=A&B <1>"),
        service("_acr-nema._tcp", "Images", 4242, "aet=A&B <1>"),
        service("_dicom-tls._tcp", "DICOM-TLS", 2762, "aet=A&B <1>"),
        service("_http._tcp", "Sonodesk", 5000, "path=/"),
      );
      assert.doesNotMatch(await ask(browse), /STORESCP|_https/);
      // and without TLS again
      await announce(folder, { ...others, tlsPort: undefined });
      await until(browse, service("_dicom._tcp", "Worklist", 104, "aet=A&B <1>"));
      assert.equal([...Deno.readDirSync(services)].some(({ name }) => name.includes("tls")), false);
      // and the third box knows its own name
      const knows = [Deno.execPath(), "run", "-A", "--no-check", "--cached-only", OWN_NAME].join(" ");
      const third = `${avahi.replace("exec ", "")} -D -f ${config} && ${knows}; avahi-daemon -k`;
      const { text } = await lan.run("box3", "unshare", "-m", "sh", "-c", third);
      assert.match(text, /^sonodesk-3\.local$/m);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "Firewall: from the LAN only what the box is for can be reached, whoever listens",
  ignore: cannot("ip", "nft"),
  fn: async () => {
    await using lan = await Lan.make();
    await lan.plug("box", "10.77.0.2");
    await lan.plug("desk", "10.77.0.9");
    // what networkd calls the VLAN of the machines' side
    await lan.plug("machine", "10.77.0.10");
    await lan.connect(["box", "machines100", "10.78.0.2"], ["machine", "vlan", "10.78.0.10"]);
    const ports = [...OPEN, TLS, ...SHUT].map(String);
    const deno = (script: string, ...args: string[]) => [Deno.execPath(), "eval", "--no-config", script, ...args];
    lan.start("box", ...deno(LISTENER, ...ports));
    const walk = async (from = "desk", to = "10.77.0.2"): Promise<number[]> =>
      JSON.parse((await lan.run(from, ...deno(WALKER, to, ...ports))).text.trim().split("\n").at(-1)!);
    const udp = [...OPEN_UDP, ...SHUT_UDP].map(String);
    const walkUdp = async (): Promise<number[]> =>
      JSON.parse((await lan.run("desk", ...deno(UDP_WALKER, "10.77.0.2", ...udp))).text.trim().split("\n").at(-1)!);
    for (let tries = 0; (await walk()).length < ports.length || (await walkUdp()).length < udp.length; tries++) {
      assert.ok(tries < 20, "without it all can be reached");
    }
    const nft = async (...args: string[]) => {
      const { code, text } = await lan.run("box", "nft", ...args);
      assert.equal(code, 0, text);
    };
    await nft("-f", `${ROOT}image/root/etc/nftables.conf`);
    assert.deepEqual(await walk(), OPEN);
    assert.deepEqual(await walkUdp(), OPEN_UDP);
    // as sonodesk-ssh.service has it while an admin has opened SSH
    const service = await Deno.readTextFile(`${ROOT}image/root/usr/lib/systemd/system/sonodesk-ssh.service`);
    const asked = (when: string) => new RegExp(`^${when}=-?/usr/sbin/nft (.*)$`, "m").exec(service)![1]!.split(" ");
    await nft(...asked("ExecStartPost"));
    assert.deepEqual(await walk(), [...OPEN, 22]);
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-tls-port-" });
    const env = `SONODESK_ANNOUNCEMENT=${folder}/announcement`;
    const askedFor = async () => {
      const { text } = await lan.run("box", "nft", "list", "set", "inet", "sonodesk", "asked_for");
      return (/elements = \{ ([^}]*) \}/.exec(text)?.[1] ?? "").split(", ").filter(Boolean).map(Number);
    };
    const tls = async (what: string) => {
      const { code, text } = await lan.run("box", "env", env, "bash", TLS_PORT, what);
      assert.equal(code, 0, text);
    };
    try {
      // as the image has it done once the program is ready, and once it has ended
      await tls("open");
      assert.deepEqual(await askedFor(), [22], "nothing is announced");
      await writeAnnouncement(`${folder}/announcement`, { ...OF_THE_IMAGE, tlsPort: 111 });
      await tls("open");
      assert.deepEqual(await askedFor(), [22], "only its own port is opened");
      await writeAnnouncement(`${folder}/announcement`, { ...OF_THE_IMAGE, tlsPort: TLS });
      await tls("open");
      await tls("open");
      assert.deepEqual(await walk(), [...OPEN, TLS, 22]);
      assert.deepEqual(await walk("machine", "10.78.0.2"), [11112, 11113, TLS], "a VLAN has DICOM alone");
      await nft(...asked("ExecStopPost"));
      assert.deepEqual(await askedFor(), [TLS], "that SSH is shut shuts nothing else");
      await nft(...asked("ExecStartPost"));
      await tls("shut");
      await tls("shut");
      assert.deepEqual(await askedFor(), [22]);
      await tls("open");
      // it starts without TLS, where the one before could not say that it ended
      await writeAnnouncement(`${folder}/announcement`, OF_THE_IMAGE);
      await tls("open");
      assert.deepEqual(await askedFor(), [22]);
      await nft(...asked("ExecStopPost"));
      assert.deepEqual(await walk(), OPEN);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "A trial looks from outside whether the box is reached: a port that is shut, an address that is gone, a router that is silent",
  ignore: cannot("ip", "nft"),
  fn: async () => {
    await using lan = await Lan.make();
    await lan.plug("box", "10.77.0.2");
    await lan.plug("router", "10.77.0.1");
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-reach-" });
    try {
      const succeeds = async (...command: string[]) => {
        const { code, text } = await lan.run("box", ...command);
        assert.equal(code, 0, `${command.join(" ")}: ${text}`);
        return text;
      };
      const rules = await Deno.readTextFile(`${ROOT}image/root/etc/nftables.conf`);
      const firewall = async (text: string) => {
        await Deno.writeTextFile(`${folder}/rules`, text);
        await succeeds("nft", "-f", `${folder}/rules`);
      };
      await firewall(rules);
      await succeeds("ip", "route", "add", "default", "via", "10.77.0.1");
      await Deno.writeTextFile(`${folder}/listener.ts`, LISTENER);
      lan.start("box", Deno.execPath(), "run", "-A", "--no-lock", `${folder}/listener.ts`, ...OPEN.map(String));
      const script = `${ROOT}image/root/usr/lib/sonodesk/reachable`;
      const before = `${folder}/before`;
      await Deno.writeTextFile(before, await succeeds("bash", script, "note"));
      assert.equal(await Deno.readTextFile(before), "address=10.77.0.2\ngateway=10.77.0.1\n");
      const asBefore = async () => (await lan.run("box", "bash", script, "as-before", before)).text.trim();
      assert.equal(await asBefore(), "");
      await firewall(rules.replace("{ 80, 443 }", "{ 80 }"));
      assert.equal(await asBefore(), "Nobody reached the box from outside on port 443\nupdate-unreachable\tports\t443");
      await firewall(rules);
      const { code } = await lan.run("router", "ip", "link", "set", "lan", "down");
      assert.equal(code, 0);
      await succeeds("ip", "neigh", "flush", "all");
      assert.equal(await asBefore(), "The router did not answer\nupdate-router-silent");
      await succeeds("ip", "address", "flush", "dev", "lan");
      assert.equal(await asBefore(), "The box had no address in the network\nupdate-no-address");
      assert.doesNotMatch((await succeeds("ip", "link")) + (await succeeds("ip", "netns")), /trial/, "nothing stays");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
