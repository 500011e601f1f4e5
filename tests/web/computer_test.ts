import assert from "node:assert/strict";
import { ImageComputer } from "../../src/host/image_computer.ts";
import { BOX, PASSWORD, TestBox } from "../support/web_box.ts";

async function withBox(test: (box: TestBox, cookie: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-computer-" });
  const box = await TestBox.start({ computer: new ImageComputer(`${folder}/requests`, `${folder}/says`) });
  try {
    await test(box, await box.signIn("admin"), folder);
  } finally {
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** The requests that lie there, by name. */
function requests(folder: string): Record<string, string> {
  try {
    const names = [...Deno.readDirSync(`${folder}/requests`)].map(({ name }) => name);
    return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(`${folder}/requests/${name}`)]));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

async function answer(response: Response): Promise<{ status: number; detail?: string }> {
  return { status: response.status, ...await response.json() };
}

Deno.test("Computer: the box is reset by an admin's password and its name, and by nothing less", () =>
  withBox(async (box, cookie, folder) => {
    const reset = async (body: unknown, more: object = {}) =>
      answer(await box.fetch("/api/computer/reset", { cookie, body, ...more }));
    assert.equal((await reset({})).status, 400);
    assert.equal((await reset({ name: BOX.name })).status, 400);
    assert.match((await reset({ name: "Another clinic", password: PASSWORD })).detail!, /not its name/);
    const wrong = await reset({ name: BOX.name, password: "a guess" });
    assert.equal(wrong.status, 403);
    assert.match(wrong.detail!, /the password is wrong/);
    const asDoctor = await reset({ name: BOX.name, password: PASSWORD }, { cookie: await box.signIn("doctor") });
    assert.equal(asDoctor.status, 403);
    assert.deepEqual(requests(folder), {});

    assert.equal((await reset({ name: BOX.name, password: PASSWORD })).status, 202);
    assert.deepEqual(requests(folder), { reset: "erase=everything\n" });
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["requests"]);
    assert.ok(box.store.audit.list({}, 20).some(({ action }) => action === "reset asked for"));
  }));

Deno.test("Computer: it is restarted and switched off by an admin, and by nobody else", () =>
  withBox(async (box, cookie, folder) => {
    const power = async (body: unknown, as = cookie) =>
      (await answer(await box.fetch("/api/computer/power", { cookie: as, body }))).status;
    assert.equal(await power({ what: "explode" }), 400);
    assert.equal(await power({ what: "off" }, await box.signIn("doctor")), 403);
    assert.deepEqual(requests(folder), {});
    assert.equal(await power({ what: "restart" }), 202);
    assert.deepEqual(requests(folder), { power: "do=restart\n" });
    assert.equal(await power({ what: "off" }), 202);
    assert.deepEqual(requests(folder), { power: "do=off\n" });
    const told = box.store.audit.latest(20).map(({ action }) => action);
    assert.ok(told.includes("computer restarted") && told.includes("computer switched off"));
  }));

Deno.test("Computer: who guesses the password for a reset is slowed down", () =>
  withBox(async (box, cookie) => {
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++) {
      const body = { name: BOX.name, password: `guess ${n}` };
      statuses.push((await answer(await box.fetch("/api/computer/reset", { cookie, body }))).status);
    }
    assert.ok(statuses.includes(429), statuses.join());
  }));

const NONE = { address: "", gateway: "", address6: "", gateway6: "", dns: "", ntp: "", vlan: 0, vlanAddress: "" };

Deno.test("Computer: network settings are tried, kept while they are on trial, and given back; admins' alone", () =>
  withBox(async (box, cookie, folder) => {
    const put = async (body: unknown, as = cookie) =>
      answer(await box.fetch("/api/computer/network", { cookie: as, body, method: "PUT" }));
    const keep = async () => answer(await box.fetch("/api/computer/network/keep", { cookie, method: "POST" }));
    const state = async () => (await (await box.fetch("/api/computer", { cookie })).json()).network;
    assert.equal((await state()).state, "automatic");
    const address = "192.168.1.20/24";
    const address6 = "2001:db8::20/64";
    for (
      const wrong of [
        {},
        { address: "192.168.1.20" },
        { address: "192.168.1.256/24" },
        { address: "192.168.1.0/24" },
        { address: "192.168.1.255/24" },
        { address: "192.168.1.20/31" },
        { address: "127.0.0.2/8" },
        { address: "fd00::2/64" },
        { address, gateway: "192.168.2.1" },
        { address, gateway: "192.168.1.20" },
        { address, gateway: "192.168.1.1\nDHCP=yes" },
        { address: "", gateway: "192.168.1.1" },
        { address, dns: ["a.name"] },
        { address, dns: ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"] },
        { address, ntp: ["-a.name"] },
        { address, ntp: ["10.0.0.300"] },
        { address, address6: "2001:db8::20" },
        { address, address6: "2001:db8::20/129" },
        { address, address6: "fe80::20/64" },
        { address, address6: "ff02::1/64" },
        { address, address6: "::1/128" },
        { address, address6: "2001:db8::20%eth0/64" },
        { address, address6, gateway6: "192.168.1.1" },
        { address, gateway6: "fe80::1" },
        { address, vlan: 4095 },
        { address, vlan: -1 },
        { address, vlan: 1.5 },
        { address, vlan: "5" },
        { address, vlanAddress: "192.168.5.2/24" },
        { address, vlan: 5, vlanAddress: "192.168.5.2" },
        { address, vlan: 5, vlanAddress: "192.168.1.2/28" },
      ]
    ) {
      assert.equal((await put(wrong)).status, 400, JSON.stringify(wrong));
    }
    assert.match((await keep()).detail!, /none is being tried/);
    assert.equal((await put({ address }, await box.signIn("doctor"))).status, 403);
    assert.deepEqual(requests(folder), {});

    const body = { address, gateway: "192.168.1.1", dns: ["192.168.1.1", "9.9.9.9"] };
    assert.equal((await put(body)).status, 202);
    assert.equal(
      requests(folder).network,
      "do=try\naddress=192.168.1.20/24\ngateway=192.168.1.1\naddress6=\ngateway6=\ndns=192.168.1.1 9.9.9.9\n" +
        "ntp=\nvlan=\nvlanAddress=\n",
    );
    const rest = {
      ...{ address: "", address6: "2001:DB8:0::20/64", gateway6: "FE80::1", dns: ["FD00:0::53"] },
      ...{ ntp: ["ntp.example.org", "10.0.0.1"], vlan: 50, vlanAddress: "192.168.50.2/24" },
    };
    assert.equal((await put(rest)).status, 202);
    assert.equal(
      requests(folder).network,
      "do=try\naddress=\ngateway=\naddress6=2001:db8::20/64\ngateway6=fe80::1\ndns=fd00::53\n" +
        "ntp=ntp.example.org 10.0.0.1\nvlan=50\nvlanAddress=192.168.50.2/24\n",
    );
    const told = box.store.audit.latest(5).find(({ action }) => action === "address of the box changed");
    assert.match(JSON.stringify(told), /2001:db8::20/);
    await Deno.mkdir(`${folder}/says`);
    await Deno.writeTextFile(`${folder}/says/network.json`, '{"state":"trying","address":"192.168.1.20/24"}\n');
    assert.deepEqual(await state(), { ...NONE, state: "trying", address });
    assert.equal((await keep()).status, 202);
    assert.deepEqual(requests(folder), { network: "do=keep\n" });
    for (const nothing of [{ address: null }, { address: "" }]) {
      assert.equal((await put({ address })).status, 202);
      assert.equal((await put(nothing)).status, 202);
      assert.deepEqual(requests(folder), { network: "do=automatic\n" });
    }
  }));

Deno.test("Computer: SSH is opened by one public key and a password, and shut by one tap", () =>
  withBox(async (box, cookie, folder) => {
    const put = async (key: string, password = PASSWORD) =>
      answer(await box.fetch("/api/computer/ssh", { cookie, body: { key, password }, method: "PUT" }));
    const key = `ssh-ed25519 ${"A".repeat(68)} anil@support`;
    for (const wrong of ["", "ssh-ed25519", `command="sh" ${key}`, `${key}\n${key}`, `ssh-dss ${"A".repeat(68)}`]) {
      assert.equal((await put(wrong)).status, 400, wrong);
    }
    assert.equal((await put(key, "a guess")).status, 403);
    assert.deepEqual(requests(folder), {});
    assert.equal((await put(`${key}\n`)).status, 202);
    assert.deepEqual(requests(folder), { ssh: `key=${key}\n` });
    assert.equal((await answer(await box.fetch("/api/computer/ssh", { cookie, method: "DELETE" }))).status, 202);
    assert.deepEqual(requests(folder), { ssh: "key=\n" });
    const actions = box.store.audit.list({}, 20).map(({ action }) => action);
    assert.ok(actions.includes("SSH opened") && actions.includes("SSH shut"));
  }));

Deno.test("Computer: the screen is turned, scaled and let go dark", () =>
  withBox(async (box, cookie, folder) => {
    const put = async (body: unknown) =>
      answer(await box.fetch("/api/computer/screen", { cookie, body, method: "PUT" }));
    assert.equal((await put({ rotation: 45, scale: 100, darkMinutes: 5 })).status, 400);
    assert.equal((await put({ rotation: 90, scale: 100, darkMinutes: 121 })).status, 400);
    assert.equal((await put({ rotation: 90, scale: 125, darkMinutes: 0 })).status, 202);
    assert.deepEqual(requests(folder), { screen: "rotation=90\nscale=125\ndarkMinutes=0\n" });
  }));

Deno.test("Computer: a calibration of the touchscreen is tried, kept while it is on trial, and given up; admins' alone", () =>
  withBox(async (box, cookie, folder) => {
    const put = async (matrix: unknown, as = cookie) =>
      answer(await box.fetch("/api/computer/touch", { cookie: as, body: { matrix }, method: "PUT" }));
    const keep = async () => answer(await box.fetch("/api/computer/touch/keep", { cookie, method: "POST" }));
    const told = async (headers: Record<string, string> = {}) =>
      await (await fetch(`${box.address}/api/computer`, { headers: { cookie, ...headers } })).json();
    const { here, touch } = await told();
    assert.deepEqual(touch, { state: "uncalibrated", matrix: [1, 0, 0, 0, 1, 0] });
    assert.equal(here, true);
    assert.equal((await told({ "x-forwarded-for": "192.168.1.9" })).here, false);
    for (
      const wrong of [
        ...[undefined, "1 0 0 0 1 0", [], [1, 0, 0, 0, 1], [1, 0, 0, 0, 1, 0, 0], [1, 0, 0, 0, 1, "0"]],
        ...[[1, 0, 4.1, 0, 1, 0], [1, 1, 0, 1, 1, 0], [0.1, 0, 0, 0, 1, 0], [3, 0, 0, 0, 2, 0], [1, 0, 0, 0, 1, null]],
      ]
    ) {
      assert.equal((await put(wrong)).status, 400, JSON.stringify(wrong));
    }
    // turned by a quarter
    const matrix = [0, -1.052632, 1.026316, 0.99, 1e-9, -0.000001];
    assert.equal((await put(matrix, await box.signIn("doctor"))).status, 403);
    assert.match((await keep()).detail!, /none is being tried/);
    assert.deepEqual(requests(folder), {});

    const said = "0.000000 -1.052632 1.026316 0.990000 0.000000 -0.000001";
    assert.equal((await put(matrix)).status, 202);
    assert.deepEqual(requests(folder), { touch: `do=try\nmatrix=${said}\n` });
    await Deno.mkdir(`${folder}/says`);
    await Deno.writeTextFile(`${folder}/says/touch.json`, JSON.stringify({ state: "trying", matrix: said }));
    const state = { state: "trying", matrix: [0, -1.052632, 1.026316, 0.99, 0, -0.000001] };
    assert.deepEqual((await told()).touch, state);
    assert.equal((await keep()).status, 202);
    assert.deepEqual(requests(folder), { touch: "do=keep\n" });
    assert.equal((await put(null)).status, 202);
    assert.deepEqual(requests(folder), { touch: "do=off\n" });
    const audit = box.store.audit.latest(20).filter(({ action }) => action.startsWith("touch calibration"));
    assert.deepEqual(audit.map(({ action }) => action).sort(), [
      ...["touch calibration changed", "touch calibration changed", "touch calibration kept"],
    ]);
    assert.match(JSON.stringify(audit), /-1\.052632/);
  }));

Deno.test("Computer: a box that is a package of its system says so", async () => {
  const box = await TestBox.start();
  try {
    const cookie = await box.signIn("admin");
    assert.equal((await (await box.fetch("/api/computer", { cookie })).json()).possible, false);
    const body = { name: BOX.name, password: PASSWORD };
    const { status, detail } = await answer(await box.fetch("/api/computer/reset", { cookie, body }));
    assert.equal(status, 409);
    assert.match(detail!, /do it there/);
  } finally {
    await box.stop();
  }
});

Deno.test("Computer: Wi-Fi is tried, kept and looked for; a password goes to the image alone", () =>
  withBox(async (box, cookie, folder) => {
    const put = async (body: unknown, as = cookie) =>
      answer(await box.fetch("/api/computer/wifi", { cookie: as, body, method: "PUT" }));
    const post = async (what: string) =>
      answer(await box.fetch(`/api/computer/wifi/${what}`, { cookie, method: "POST" }));
    const state = async () => (await (await box.fetch("/api/computer", { cookie })).json()).wifi;
    const says = async (name: string, said: object) => {
      await Deno.mkdir(`${folder}/says`, { recursive: true });
      await Deno.writeTextFile(`${folder}/says/${name}.json`, JSON.stringify(said));
    };
    const digits = (text: string) => new TextEncoder().encode(text).toHex();
    const off = { state: "off", country: "", withCable: false, networks: [], seen: [], seenAt: 0 };
    const password = "correct horse";
    const one = { name: "Clinic", security: "wpa", hidden: false, password };
    const body = { country: "IN", withCable: false, networks: [one] };
    assert.deepEqual(await state(), off);
    assert.match((await put(body)).detail!, /no card/);
    assert.match((await post("look")).detail!, /no card/);

    await says("radio", { card: "wlan0", cable: "yes", state: "off", name: "", address: "" });
    assert.deepEqual(await state(), { ...off, radio: { cable: true, state: "off", name: "", address: "" } });
    for (
      const wrong of [
        {},
        { ...body, country: "" },
        { ...body, country: "in" },
        { ...body, country: undefined },
        { ...body, withCable: "yes" },
        { ...body, networks: [{ ...one, name: "" }] },
        { ...body, networks: [{ ...one, name: "क".repeat(11) }] },
        { ...body, networks: [{ ...one, name: "a\nnetwork=" }] },
        { ...body, networks: [{ ...one, password: "7 chars" }] },
        { ...body, networks: [{ ...one, password: "x".repeat(64) }] },
        { ...body, networks: [{ ...one, password: "a\npassword" }] },
        { ...body, networks: [{ ...one, security: "open" }] },
        { ...body, networks: [one, one] },
        { ...body, networks: Array.from({ length: 9 }, (_, n) => ({ ...one, name: `${n}` })) },
      ]
    ) {
      assert.equal((await put(wrong)).status, 400, JSON.stringify(wrong));
    }
    assert.match((await put({ ...body, networks: [{ ...one, password: undefined }] })).detail!, /Clinic: its password/);
    assert.equal((await put(body, await box.signIn("doctor"))).status, 403);
    assert.match((await post("keep")).detail!, /none is being tried/);
    assert.deepEqual(requests(folder), {});

    const two = { name: "क्लिनिक", security: "wpa3", hidden: true, password };
    assert.equal((await put({ country: "IN", withCable: true, networks: [two, one] })).status, 202);
    const lines = [
      ...["do=try", "country=IN", "withCable=yes", `network=${digits("क्लिनिक")}:wpa3:hidden:${digits(password)}`],
      `network=${digits("Clinic")}:wpa:seen:${digits(password)}`,
    ];
    assert.deepEqual(requests(folder), { wifi: `${lines.join("\n")}\n` });
    const networks = `${digits("क्लिनिक")}:wpa3:hidden ${digits("Clinic")}:wpa:seen`;
    await says("wifi", { state: "trying", country: "IN", withCable: "yes", networks });
    await says("radio", {
      card: "wlan0",
      cable: "no",
      state: "connected",
      name: `x${digits("Clinic")}`,
      address: "10.0.0.5",
    });
    await says("seen", {
      networks: `${digits("Clinic")}:wpa:-40 ff:wpa:-50 ${digits("Old")}:other:-60`,
      at: 1767225600,
    });
    assert.deepEqual(await state(), {
      ...{ state: "trying", country: "IN", withCable: true, seenAt: 1767225600 },
      networks: [
        { name: "क्लिनिक", security: "wpa3", hidden: true },
        { name: "Clinic", security: "wpa", hidden: false },
      ],
      radio: { cable: false, state: "connected", name: "Clinic", address: "10.0.0.5" },
      seen: [{ name: "Clinic", security: "wpa", signal: -40 }, { name: "Old", security: "other", signal: -60 }],
    });
    assert.equal((await post("keep")).status, 202);
    assert.deepEqual(requests(folder), { wifi: "do=keep\n" });
    assert.equal((await put({ ...body, networks: [{ ...one, password: undefined }] })).status, 202, "it is known");
    assert.match(requests(folder).wifi!, new RegExp(`^network=${digits("Clinic")}:wpa:seen:$`, "m"));
    assert.equal((await post("look")).status, 202);
    assert.deepEqual(requests(folder), { wifi: "do=look\n" });
    assert.equal((await put({ country: "", withCable: false, networks: [] })).status, 202);
    assert.deepEqual(requests(folder), { wifi: "do=off\n" });
    const told = JSON.stringify(box.store.audit.latest(20));
    assert.match(told, /Wi-Fi of the box changed.*Clinic|Clinic.*Wi-Fi of the box changed/);
    assert.doesNotMatch(told, /horse|6f72/);
  }));
