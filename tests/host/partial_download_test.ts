import { existsSync } from "node:fs";
import assert from "node:assert/strict";
import { BoxCertificates } from "../../src/certificates/certificates.ts";
import { mapOf } from "../../src/host/chunks.ts";
import { ImageUpdates } from "../../src/host/image_updates.ts";
import { bytesOf } from "../../src/objects/files.ts";
import { run } from "../support/peers.ts";
import { until } from "../support/until.ts";

const SCRIPTS = new URL("../../appliance/image/root/usr/lib/sonodesk/", import.meta.url).pathname;
const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** Bytes without any order. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

/** The root of a box, as its partition has it: a squashfs says how long it is, and rubbish lies behind it. */
function rootOf(content: Uint8Array): Uint8Array {
  const root = new Uint8Array(content.length + 96 + 500_000);
  root.set(new TextEncoder().encode("hsqs"));
  new DataView(root.buffer).setBigUint64(40, BigInt(content.length + 96), true);
  root.set(content, 96);
  root.set(noise(500_000), content.length + 96);
  return root;
}

interface Server {
  /** What was sent of the bundle, bytes. */
  sent: number;
  /** It takes no ranges. */
  whole?: boolean;
  /** No map lies beside it. */
  mapless?: boolean;
  /** Another file of the same length lies there by the time its parts are asked for. */
  changed?: boolean;
}

/** A box whose root has most of an update, and where that is. */
async function fetching(
  server: Server,
  use: (parts: { updates: ImageUpdates; folder: string; address: string; bundle: Uint8Array }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-parts-" });
  const content = noise(6_000_000);
  const bundle = new Uint8Array([
    ...noise(1234),
    ...content.subarray(0, 2_000_000),
    ...noise(40_000),
    ...content.subarray(2_100_000),
  ]);
  await Deno.writeFile(`${folder}/bundle`, bundle);
  const map = await mapOf(bytesOf(`${folder}/bundle`, 0));
  await Deno.mkdir(`${folder}/roots`);
  await Deno.writeFile(`${folder}/roots/root-a`, rootOf(content));
  const certificates = await BoxCertificates.open(`${folder}/certificates`, ["localhost"]);
  const web = Deno.serve({
    key: certificates.key,
    cert: certificates.cert,
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
  }, (request) => {
    if (new URL(request.url).pathname === "/new.raucb.map") {
      return server.mapless ? new Response("none", { status: 404 }) : new Response(map as BodyInit);
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "");
    const headers = { etag: '"1"' };
    if (request.method === "HEAD") {
      return new Response(null, { headers: { ...headers, "content-length": String(bundle.length) } });
    }
    if (!range || server.whole) {
      server.sent += bundle.length;
      return new Response(bundle as BodyInit, { headers });
    }
    const [start, end] = [Number(range[1]), range[2] ? Number(range[2]) + 1 : bundle.length];
    const part = server.changed ? noise(end - start) : bundle.subarray(start, end);
    server.sent += part.length;
    return new Response(part as BodyInit, {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${start}-${end - 1}/${bundle.length}` },
    });
  });
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${folder}/certificates/authority.crt`)] });
  const places = {
    folder: `${folder}/update`,
    result: `${folder}/result`,
    requests: `${folder}/requests`,
    host: folder,
  };
  const updates = new ImageUpdates(places, client, 10);
  try {
    await use({ updates, folder, address: `https://localhost:${web.addr.port}/new.raucb`, bundle });
  } finally {
    await updates.stop();
    await web.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

/** The image, which does what it is asked for: its own script, on this computer. */
async function hostLooks(folder: string): Promise<void> {
  await until("it is asked for", () => existsSync(`${folder}/requests/update`));
  assert.equal(await Deno.readTextFile(`${folder}/requests/update`), "do=known\n");
  await Deno.remove(`${folder}/requests/update`);
  const stubs: Record<string, string> = {
    "boot-slot": "echo a",
    setpriv: `while [[ $1 == --* ]]; do shift; done; exec "$@"`,
    sonodesk: `unset SONODESK_LIB SONODESK_ROOTS SONODESK_STORE
      exec "${Deno.execPath()}" run -A --no-check ${MAIN} "$@"`,
  };
  await Deno.mkdir(`${folder}/bin`, { recursive: true });
  for (const [name, script] of Object.entries(stubs)) {
    await Deno.writeTextFile(`${folder}/bin/${name}`, `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  }
  const { code, text } = await run("bash", [`${SCRIPTS}known-chunks`], {
    env: {
      PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
      SONODESK_LIB: `${folder}/bin`,
      SONODESK_ROOTS: `${folder}/roots`,
      SONODESK_STORE: folder,
    },
  });
  assert.equal(code, 0, text);
}

async function arrives(folder: string, bundle: Uint8Array): Promise<void> {
  await until("it is there", () => existsSync(`${folder}/update/bundle.raucb`));
  const arrived = await Deno.readFile(`${folder}/update/bundle.raucb`);
  assert.equal(arrived.length, bundle.length);
  assert.ok(arrived.every((byte, at) => byte === bundle[at]), "byte by byte");
}

Deno.test("an update whose map lies beside it: only what the running root does not have is fetched", async () => {
  const server: Server = { sent: 0 };
  await fetching(server, async ({ updates, folder, address, bundle }) => {
    updates.fetch(address);
    await hostLooks(folder);
    await arrives(folder, bundle);
    await until("nothing else is left", () => [...Deno.readDirSync(`${folder}/update`)].length === 1);
    assert.ok(server.sent > 40_000 && server.sent < 300_000, `${server.sent} of ${bundle.length} bytes`);
  });
});

for (
  const [what, how] of [
    ["no map lies beside it", { mapless: true }],
    ["the address takes no ranges", { whole: true }],
    ["what comes is not what the map says", { changed: true }],
  ] as const
) {
  Deno.test(`an update is fetched whole where ${what}`, async () => {
    const server: Server = { sent: 0, ...how };
    await fetching(server, async ({ updates, folder, address, bundle }) => {
      updates.fetch(address);
      if (!("mapless" in how)) await hostLooks(folder);
      await arrives(folder, bundle);
      assert.ok(server.sent >= bundle.length);
      await until("nothing else is left", () => [...Deno.readDirSync(`${folder}/update`)].length === 1);
    });
  });
}

Deno.test("an update whose address is called in vain is refused, and nothing of it stays", async () => {
  await fetching({ sent: 0 }, async ({ updates, folder }) => {
    updates.fetch("https://localhost:1/new.raucb");
    await until("it is refused", () => updates.state().state === "refused");
    assert.ok(!existsSync(`${folder}/update`) || [...Deno.readDirSync(`${folder}/update`)].length === 0);
  });
});
