import { existsSync } from "node:fs";
import assert from "node:assert/strict";
import { ImageUpdates } from "../../src/host/image_updates.ts";
import { BoxCertificates } from "../../src/certificates/certificates.ts";
import { TestBox } from "../support/web_box.ts";

function placesIn(folder: string) {
  return {
    folder: `${folder}/update`,
    result: `${folder}/result.json`,
    requests: `${folder}/requests`,
    host: `${folder}/says`,
  };
}

/** What the installer says. A file system may give a file the time of the clock's last tick, before now. */
async function resultIs(folder: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/result.json`, text);
  const now = new Date();
  await Deno.utime(`${folder}/result.json`, now, now);
}

async function withBox(test: (box: TestBox, cookie: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-update-" });
  const box = await TestBox.start({ updates: new ImageUpdates(placesIn(folder)) });
  try {
    await test(box, await box.signIn("admin"), folder);
  } finally {
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Sends raw bytes, which the box's own helper for JSON does not. */
async function put(
  box: TestBox,
  cookie: string,
  body: BodyInit,
  query = "",
): Promise<{ status: number; state?: string; detail?: string }> {
  const answer = await fetch(`${box.address}/api/update${query}`, {
    method: "PUT",
    headers: { cookie, origin: box.address, "content-type": "application/octet-stream" },
    body,
  });
  return { status: answer.status, ...await answer.json() };
}

Deno.test("Updates: a bundle is laid whole where the installer looks, and its word is passed on", () =>
  withBox(async (box, cookie, folder) => {
    const state = async () => (await (await box.fetch("/api/update", { cookie })).json()).state;
    assert.equal(await state(), "none");
    const bundle = crypto.getRandomValues(new Uint8Array(50_000));
    assert.equal((await put(box, cookie, bundle)).status, 202);
    assert.deepEqual(await Deno.readFile(`${folder}/update/bundle.raucb`), bundle);
    assert.deepEqual([...Deno.readDirSync(`${folder}/update`)].map(({ name }) => name), ["bundle.raucb"]);

    await resultIs(folder, '{"state":"installing","detail":"It is written."}\n');
    assert.equal(await state(), "installing");
    const second = await put(box, cookie, bundle);
    assert.equal(second.status, 409);
    assert.match(second.detail!, /another is under way/);
    await resultIs(folder, '{"state":"trying","detail":"It is being tried."}\n');
    assert.match((await put(box, cookie, bundle)).detail!, /still being tried/);
    await resultIs(folder, '{"state":"refused","detail":"signature verification failed"}\n');
    const refused = await (await box.fetch("/api/update", { cookie })).json();
    assert.equal(refused.detail, "signature verification failed");
    assert.equal((await put(box, cookie, bundle)).status, 202, "another one may follow");
    assert.equal(await state(), "checking", "what was said of the one before is not said of this one");
    assert.ok(box.store.audit.list({}, 20).some(({ action }) => action === "update taken"));
  }));

const OFFER = {
  id: "0123456789abcdef",
  board: "sonodesk-pc",
  version: "9.1.0",
  schema: "41",
  signer: "Our boxes",
  age: "newer",
};

Deno.test("Updates: what a bundle is is passed on, and only the one that is offered is agreed to, or thrown away", () =>
  withBox(async (box, cookie, folder) => {
    const state = async () => await (await box.fetch("/api/update", { cookie })).json();
    const agree = (id: string) => box.fetch("/api/update/install", { cookie, body: { id } });
    const discard = () => box.fetch("/api/update", { cookie, method: "DELETE" });
    assert.equal((await put(box, cookie, new Uint8Array(10))).status, 202);
    assert.deepEqual([...Deno.readDirSync(`${folder}/update`)].map(({ name }) => name), ["bundle.raucb"]);
    assert.equal((await agree(OFFER.id)).status, 409, "nothing is offered yet");
    assert.equal((await discard()).status, 409);
    await resultIs(folder, JSON.stringify({ state: "offered", detail: "", offer: OFFER }));
    const offered = await state();
    assert.deepEqual([offered.state, offered.offer], ["offered", OFFER]);
    assert.equal((await agree("of another bundle")).status, 409);
    assert.equal((await agree(OFFER.id)).status, 202);
    assert.equal(await Deno.readTextFile(`${folder}/requests/update`), `do=install\nid=${OFFER.id}\n`);
    assert.equal((await state()).state, "installing");
    assert.equal((await put(box, cookie, new Uint8Array(10))).status, 409, "another is under way");
    await resultIs(folder, JSON.stringify({ state: "offered", detail: "", offer: OFFER }));
    assert.equal((await discard()).status, 202);
    assert.equal(await Deno.readTextFile(`${folder}/requests/update`), "do=discard\n");
    const [discarded, installed] = box.store.audit.list({}, 2);
    assert.deepEqual([installed!.action, discarded!.action], ["update installed", "update discarded"]);
  }));

Deno.test("Updates: installed at once, and an older one, only where that is said with the bundle", () =>
  withBox(async (box, cookie, folder) => {
    const flags = () =>
      [...Deno.readDirSync(`${folder}/update`)].map(({ name }) => name).filter((name) => name !== "bundle.raucb")
        .sort();
    for (
      const [query, laid, state] of [
        ["?install=yes&older=yes", ["at-once", "older"], "installing"],
        ["?install=yes", ["at-once"], "installing"],
        ["", [], "checking"],
      ] as const
    ) {
      const answer = await put(box, cookie, new Uint8Array(10), query);
      assert.deepEqual([answer.status, answer.state], [202, state]);
      assert.deepEqual(flags(), laid);
      await resultIs(folder, '{"state":"refused","detail":""}');
    }
    assert.equal((await put(box, cookie, new Uint8Array(10), "?install=perhaps")).status, 400);
  }));

Deno.test("Updates: a version is kept, or gone back from, only as it is offered; who did it goes with it", () =>
  withBox(async (box, cookie, folder) => {
    const versions = async () => (await (await box.fetch("/api/update", { cookie })).json()).versions;
    const says = (lines: object) => Deno.writeTextFile(`${folder}/says/versions.json`, JSON.stringify(lines));
    const keep = async () => (await box.fetch("/api/update/keep", { cookie, method: "POST" })).status;
    const back = async (loses: string) => (await box.fetch("/api/update/back", { cookie, body: { loses } })).status;
    assert.deepEqual(await versions(), { asks: false, since: "", before: "", back: "", storeFrom: "", events: [] });
    assert.deepEqual([await keep(), await back("nothing")], [409, 409]);

    await Deno.mkdir(`${folder}/says`);
    await says({ kept: "no", since: 1767225600, before: "0.2.0", back: "store", storeFrom: 1767222000 });
    await Deno.writeTextFile(
      `${folder}/says/updates.json`,
      '[{"at":1767222000,"what":"failed","version":"-","detail":"The box is not well.","coded":{"code":"update-box-not-well","parameters":{}}},' +
        '{"at":1767222001,"what":"failed","version":"-","detail":"?","coded":{"code":"of-a-later-version","parameters":{}}},' +
        '{"at":1767225600,"what":"works","version":"9.1.0","detail":""},{"at":1,"what":"of a later version"}]',
    );
    assert.deepEqual(await versions(), {
      asks: true,
      since: "2026-01-01T00:00:00.000Z",
      before: "0.2.0",
      back: "store",
      storeFrom: "2025-12-31T23:00:00.000Z",
      events: [
        { at: "2026-01-01T00:00:00.000Z", what: "works", version: "9.1.0", detail: "" },
        { at: "2025-12-31T23:00:01.000Z", what: "failed", version: "", detail: "?" },
        {
          ...{ at: "2025-12-31T23:00:00.000Z", what: "failed", version: "", detail: "The box is not well." },
          coded: { code: "update-box-not-well", parameters: {} },
        },
      ],
    });
    assert.equal(await back("nothing"), 409, "it means more than was agreed to");
    assert.equal(await back("everything"), 400);
    assert.equal(await keep(), 202);
    const { actor: by } = box.store.audit.list({}, 1)[0]!;
    assert.equal(await Deno.readTextFile(`${folder}/requests/update`), `do=keep\nby=${by}\n`);
    assert.equal(await back("store"), 202);
    assert.equal(await Deno.readTextFile(`${folder}/requests/update`), `do=back\nloses=store\nby=${by}\n`);
    assert.equal((await (await box.fetch("/api/update", { cookie })).json()).state, "restarting");
    assert.equal(await back("store"), 409, "one is under way");
    const [gone] = box.store.audit.list({}, 1);
    assert.equal(gone!.action, "update gone back from");
    assert.match(JSON.stringify(gone), /0\.2\.0.*2025-12-31T23/);
  }));

Deno.test("Updates: one that breaks off or announces no length leaves nothing behind", () =>
  withBox(async (box, cookie, folder) => {
    const { hostname, port } = new URL(box.address);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const head = [
      "PUT /api/update HTTP/1.1",
      `host: ${hostname}:${port}`,
      `cookie: ${cookie}`,
      "content-length: 100000",
    ];
    await connection.write(new TextEncoder().encode(head.join("\r\n") + "\r\n\r\nonly the beginning"));
    const part = `${folder}/update/bundle.part`;
    await until(() => existsSync(part));
    connection.close();
    await until(() => !existsSync(part));
    assert.ok(!existsSync(`${folder}/update/bundle.raucb`));
    const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
    const sent = put(box, cookie, readable);
    await writable.close();
    assert.equal((await sent).status, 411);
  }));

Deno.test("Updates: one is fetched from an address, and what does not come whole from there is refused", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-update-" });
  const certificates = await BoxCertificates.open(`${folder}/certificates`, ["localhost"]);
  const bundle = new Uint8Array(3_000_000).map((_, n) => n * 7);
  const server = Deno.serve({
    key: certificates.key,
    cert: certificates.cert,
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
  }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/new.raucb") return new Response(bundle);
    if (pathname === "/unknown-length") return new Response(new Blob([bundle]).stream());
    return new Response("no such file", { status: 404 });
  });
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${folder}/certificates/authority.crt`)] });
  const updates = new ImageUpdates(placesIn(folder), client);
  const box = await TestBox.start({ updates });
  try {
    const cookie = await box.signIn("admin");
    const state = async () => await (await box.fetch("/api/update", { cookie })).json();
    const post = async (from: string) => {
      const answer = await box.fetch("/api/update", { cookie, body: { from } });
      return { status: answer.status, ...await answer.json() };
    };
    for (
      const from of ["http://localhost/new.raucb", "file:///etc/passwd", "/etc/passwd", "/media/../etc/x.raucb", ""]
    ) {
      assert.equal((await post(from)).status, 400, from);
    }
    const address = `https://localhost:${server.addr.port}`;
    for (const path of ["/missing", "/unknown-length"]) {
      assert.equal((await post(address + path)).status, 202);
      await untilSo(async () => (await state()).state === "refused");
      assert.match((await state()).detail, /no file of a known length/);
    }
    assert.equal((await post("https://localhost:1/new.raucb")).status, 202);
    await untilSo(async () => (await state()).state === "refused");
    assert.match((await state()).detail, /^Cannot fetch the update: /);
    assert.ok(!existsSync(`${folder}/update/bundle.raucb`));

    assert.equal((await post(`${address}/new.raucb`)).status, 202);
    await untilSo(() => existsSync(`${folder}/update/bundle.raucb`));
    assert.deepEqual(await Deno.readFile(`${folder}/update/bundle.raucb`), bundle);
    await untilSo(async () => (await state()).state === "checking"); // the installer has not seen it yet
  } finally {
    await box.stop();
    await updates.stop();
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Updates: where the connection breaks it goes on from there, while the file is the same", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-update-" });
  const certificates = await BoxCertificates.open(`${folder}/certificates`, ["localhost"]);
  const bundle = new Uint8Array(3_000_000).map((_, n) => n * 7 + (n >> 8));
  const asked: (string | null)[] = [];
  let version = '"1"';
  const server = Deno.serve(
    { key: certificates.key, cert: certificates.cert, hostname: "127.0.0.1", port: 0, onListen() {}, onError },
    (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith(".map")) return new Response("no such file", { status: 404 });
      const range = request.headers.get("range");
      asked.push(range);
      if (asked.length === 3) return new Response("not now", { status: 503 });
      const goesOn = range !== null && request.headers.get("if-range") === version && pathname !== "/no-ranges";
      const from = goesOn ? Number(/^bytes=(\d+)-$/.exec(range)![1]) : 0;
      const headers = { etag: version, "content-length": String(bundle.length - from) };
      const answer = goesOn
        ? {
          status: 206,
          headers: { ...headers, "content-range": `bytes ${from}-${bundle.length - 1}/${bundle.length}` },
        }
        : { headers };
      if (pathname === "/changes") version = '"2"';
      // it breaks after a million bytes
      let at = from;
      const broken = new ReadableStream({
        pull(controller) {
          if (at === bundle.length) return controller.close();
          if (at - from >= 1_000_000) return controller.error(new Error("the line is cut"));
          const next = Math.min(at + 100_000, bundle.length);
          controller.enqueue(bundle.subarray(at, at = next));
        },
      });
      return new Response(broken, answer);
    },
  );
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${folder}/certificates/authority.crt`)] });
  const updates = new ImageUpdates(placesIn(folder), client, 10);
  try {
    const address = `https://localhost:${server.addr.port}`;
    updates.fetch(`${address}/new.raucb`);
    await untilSo(() => existsSync(`${folder}/update/bundle.raucb`));
    assert.deepEqual(await Deno.readFile(`${folder}/update/bundle.raucb`), bundle);
    await untilSo(() => updates.state().state === "checking");
    assert.equal(asked[0], null);
    assert.ok(asked.length > 3 && asked.slice(1).every((range) => range !== null), String(asked));

    // the installer takes it, and says so
    await Deno.remove(`${folder}/update/bundle.raucb`);
    await resultIs(folder, '{"state":"refused","detail":"it is no update"}\n');
    for (const path of ["/no-ranges", "/changes"]) {
      updates.fetch(address + path);
      await untilSo(() => updates.state().state === "refused");
      assert.match(updates.state().detail, /did not arrive whole/);
      assert.deepEqual([...Deno.readDirSync(`${folder}/update`)], []);
    }
  } finally {
    await updates.stop();
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});

/** A line that is cut in a test is no failure of the test's server. */
function onError(): Response {
  return new Response(null, { status: 500 });
}

Deno.test("Updates: an address that falls silent is given up when the box stops, and leaves nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-update-" });
  const certificates = await BoxCertificates.open(`${folder}/certificates`, ["localhost"]);
  const server = Deno.serve(
    { key: certificates.key, cert: certificates.cert, hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      if (request.url.endsWith(".map")) return new Response("no such file", { status: 404 });
      const beginning = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1000)) });
      return new Response(beginning, { headers: { "content-length": "100000" } });
    },
  );
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${folder}/certificates/authority.crt`)] });
  const updates = new ImageUpdates(placesIn(folder), client);
  updates.fetch(`https://localhost:${server.addr.port}/new.raucb`);
  assert.throws(() => updates.fetch("https://localhost/other.raucb"), /another is under way/);
  await untilSo(() => existsSync(`${folder}/update/bundle.part`));
  await updates.stop();
  assert.equal(updates.state().state, "refused");
  assert.deepEqual([...Deno.readDirSync(`${folder}/update`)], []);
  await server.shutdown();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Updates: one is taken from a disk, but never what a link on it leads to", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-update-" });
  const updates = new ImageUpdates(placesIn(folder));
  await Deno.writeTextFile(`${folder}/new.raucb`, "an update");
  await Deno.symlink(`${folder}/new.raucb`, `${folder}/link.raucb`);
  updates.fetch(`${folder}/link.raucb`);
  await untilSo(() => updates.state().state === "refused");
  assert.match(updates.state().detail, /it is no file/);
  updates.fetch(`${folder}/new.raucb`);
  await untilSo(() => updates.state().state === "checking");
  assert.equal(await Deno.readTextFile(`${folder}/update/bundle.raucb`), "an update");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Updates: a box that is a package of its system takes none and says where", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  assert.equal((await (await box.fetch("/api/update", { cookie })).json()).possible, false);
  const { status, detail } = await put(box, cookie, new Uint8Array(10));
  assert.equal(status, 409);
  assert.match(detail!, /update it there/);
  await box.stop();
});

async function untilSo(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
