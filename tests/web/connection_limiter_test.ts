import assert from "node:assert/strict";
import { CONNECTION_BOUNDS, ConnectionLimiter } from "../../src/web/connection_limiter.ts";
import { TestBox } from "../support/web_box.ts";
import { until } from "../support/until.ts";

/** What somebody hears until the box ends the connection. */
async function untilEnd(connection: Deno.TcpConn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4096);
  try {
    for (let read = await connection.read(buffer); read !== null; read = await connection.read(buffer)) {
      text += new TextDecoder().decode(buffer.subarray(0, read));
    }
  } catch (error) {
    // cut in the middle of what we were sending
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  connection.close();
  return text;
}

async function call(box: TestBox, text: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: box.port });
  if (text !== "") await connection.write(new TextEncoder().encode(text));
  return connection;
}

async function isServed(box: TestBox): Promise<boolean> {
  const answer = await box.fetch("/healthz");
  await answer.body?.cancel();
  return answer.ok;
}

Deno.test("Front door: who says nothing, sends a header byte by byte or a body that never ends is shown out", async () => {
  const box = await TestBox.start({ bounds: { silence: 150, answer: 300, slowest: 1e6, idle: 150 } });
  const heard = await Promise.all([
    untilEnd(await call(box, "")),
    untilEnd(await call(box, "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ")),
    dribble(await call(box, "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ")),
    untilEnd(await call(box, "\x16\x03\x01")),
    untilEnd(
      await call(
        box,
        "POST /api/session HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
      ),
    ),
  ]);
  for (const text of heard) assert.equal(/^HTTP\/1\.1 [23]/.test(text), false, text);
  assert.match(box.lines.join("\n"), /too slow/);
  await box.stop();
});

Deno.test("Front door: who was answered and asks no more is let go without a word", async () => {
  const box = await TestBox.start({ bounds: { idle: 150 } });
  const kept = await untilEnd(await call(box, "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"));
  assert.match(kept, /^HTTP\/1\.1 200 /);
  assert.ok(await isServed(box));
  assert.deepEqual(box.lines, []);
  await box.stop();
});

/** One byte of a header at a time, for as long as the box takes them. */
async function dribble(connection: Deno.TcpConn): Promise<string> {
  const ended = untilEnd(connection);
  let over = false;
  ended.finally(() => over = true);
  while (!over) {
    try {
      await connection.write(new Uint8Array([0x61]));
    } catch {
      break; // shown out
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return await ended;
}

Deno.test("Front door: connections from one address are counted, and the next one is let in when one has gone", async () => {
  const box = await TestBox.start({ bounds: { connectionsPerAddress: 3 } });
  const held = await Promise.all([1, 2, 3].map(() => call(box, "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n")));
  assert.equal(await untilEnd(await call(box, "")), "");
  assert.match(box.lines.join("\n"), /too many connections from 127\.0\.0\.1/);
  for (const connection of held) connection.close();
  // the box notices that they have gone in its own time
  await until("somebody is let in again", async () => {
    const again = await untilEnd(
      await call(box, "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"),
    );
    if (/^HTTP\/1\.1 200 /.test(again)) return true;
    assert.equal(again, "");
    return false;
  });
  await box.stop();
});

Deno.test("Front door: who does not read what was sent is shown out", async () => {
  const box = await TestBox.start({ bounds: { reading: 300 } });
  const cookie = await box.signIn("admin");
  const study = { studyInstanceUid: "1.2.3", patientId: "P1", patientName: "A^B" };
  const size = 30_000_000; // more than sockets hold
  await Deno.writeFile(`${box.folder}/large`, new Uint8Array(size));
  const uid = await box.receive(study, { file: { path: "large", size, sha256: "large", dataOffset: 0 } });
  const connection = await call(
    box,
    `GET /api/instances/${uid}/file HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: ${cookie}\r\n\r\n`,
  );
  await until("it is said", () => box.lines.some((line) => line.includes("too slow")));
  assert.match(box.lines.join("\n"), /too slow/);
  const text = await untilEnd(connection);
  assert.ok(text.length < size);
  await box.stop();
});

Deno.test("Front door: a request in the middle does not keep the box from stopping", async () => {
  const box = await TestBox.start({ bounds: { leaving: 100 } });
  const connection = await call(box, "POST /api/session HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\n");
  assert.ok(await isServed(box));
  await box.stop();
  connection.close();
});

Deno.test("Front door: the servers behind it answer nobody who goes round it", async () => {
  const box = await TestBox.start();
  const inside = listeningPorts().filter((port) => port !== box.port && !box.dicomPorts.includes(port));
  assert.ok(inside.length > 0);
  for (const port of inside) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const ask = "GET /api/box HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
    await connection.write(new TextEncoder().encode(ask));
    assert.match(await untilEnd(connection), /^HTTP\/1\.1 421 /);
  }
  await box.stop();
});

/** The ports on which this process listens, from /proc. */
function listeningPorts(): number[] {
  const own = new Set(
    [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
      try {
        return [/^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`/proc/self/fd/${name}`))?.[1] ?? ""];
      } catch {
        return []; // the folder's own, gone again
      }
    }),
  );
  return Deno.readTextFileSync("/proc/self/net/tcp").trim().split("\n").slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A" && own.has(fields[9]!))
    .map((fields) => parseInt(fields[1]!.split(":")[1]!, 16));
}

Deno.test("Front door: who comes over IPv6 is let in as over IPv4, and each is known by an address of its own kind", async () => {
  const limiters: ConnectionLimiter[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (_request, { remoteAddr }) => new Response(limiters[0]!.addressOf((remoteAddr as Deno.NetAddr).port)),
  );
  const limiter = new ConnectionLimiter({
    ...{ hostname: undefined, port: 0, bounds: CONNECTION_BOUNDS },
    upstreams: { plain: server.addr.port },
    onRefused: (why) => assert.fail(why),
  });
  limiters.push(limiter);
  try {
    for (const address of ["::1", "127.0.0.1"]) {
      const connection = await Deno.connect({ hostname: address, port: limiter.port });
      await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: box\r\nconnection: close\r\n\r\n"));
      assert.equal((await untilEnd(connection)).split("\r\n\r\n")[1], address);
    }
  } finally {
    limiter.close();
    await limiter.clear();
    await server.shutdown();
  }
});
