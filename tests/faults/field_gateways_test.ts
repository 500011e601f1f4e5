import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { forwardedBy } from "../../src/web/trusted_proxy.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/* What programs and gateways ask of DICOMweb beside its objects (PS3.18 8): compression, capabilities, addresses. */

const VIEWER = "https://viewer.local";

async function boxWithStudies(count: number, config: Parameters<typeof Box.start>[0] = {}) {
  const box = await Box.start(config);
  const client = DicomWebClient.of(box);
  for (let n = 0; n < count; n += 1) {
    const texts = [[Tag.ImageComments, "LT", "What a machine writes of its picture. ".repeat(60)]] as const;
    const { data } = ultrasoundObject({ patientId: `P${n}`, studyInstanceUid: newUid(), texts });
    assert.equal((await client.store([data])).status, 200);
  }
  return { box, client };
}

/** A request whose answer is as it came: fetch would take its compression away. */
async function raw(client: DicomWebClient, path: string, headers: Record<string, string> = {}, method = "GET") {
  const { port, pathname, search } = new URL(client.address + path);
  await using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const lines = Object.entries({
    ...{ host: `127.0.0.1:${port}`, connection: "close", authorization: `Bearer ${client.token}`, ...headers },
  }).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await connection.write(new TextEncoder().encode(`${method} ${pathname}${search} HTTP/1.0\r\n${lines}\r\n`));
  const bytes = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  const end = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
  const [status = "", ...fields] = new TextDecoder().decode(bytes.subarray(0, end)).split("\r\n");
  const named = new Headers(fields.map((field) => field.split(/: ?(.*)/s).slice(0, 2) as [string, string]));
  return { status: Number(status.split(" ")[1]), headers: named, body: bytes.subarray(end + 4) };
}

Deno.test("Accept-Encoding: searches and metadata are compressed, objects and pictures are not, nor what is short", async () => {
  const { box, client } = await boxWithStudies(20);
  await using _ = box;
  const gzip = { "accept-encoding": "br;q=1.0, gzip;q=0.8" };
  const json = { accept: "application/dicom+json" };
  const plain = await raw(client, "/studies", json);
  assert.deepEqual([plain.headers.get("content-encoding"), plain.headers.get("vary")], [null, "accept-encoding"]);
  const zipped = await raw(client, "/studies", { ...json, ...gzip });
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  assert.deepEqual(JSON.parse(gunzipSync(zipped.body).toString()), JSON.parse(new TextDecoder().decode(plain.body)));
  assert.ok(zipped.body.length * 3 < plain.body.length, `${zipped.body.length} of ${plain.body.length} bytes`);

  const [study] = await client.json("/studies?PatientID=P1");
  const path = `/studies/${study["0020000D"].Value[0]}`;
  const metadata = await raw(client, `${path}/metadata`, { ...json, ...gzip });
  assert.equal(metadata.headers.get("content-encoding"), "gzip");
  assert.equal(JSON.parse(gunzipSync(metadata.body).toString())[0]["00100020"].Value[0], "P1");
  for (
    const [what, headers] of [
      [path, gzip],
      [`${path}/rendered`, gzip],
      ["/studies?PatientID=P1&limit=1&x=", { ...json, ...gzip }],
      ["/studies", { ...json, "accept-encoding": "gzip;q=0" }],
    ] as const
  ) {
    const answer = await raw(client, what, headers);
    assert.equal(answer.headers.get("content-encoding"), null, what);
  }
});

Deno.test("Accept-Encoding: an answer of one instance keeps its entity tag, compressed or not", async () => {
  const { box, client } = await boxWithStudies(1);
  await using _ = box;
  const [instance] = await client.json("/instances");
  const of = (tag: string) => instance[tag].Value[0];
  const path = `/studies/${of("0020000D")}/series/${of("0020000E")}/instances/${of("00080018")}/metadata`;
  const zipped = await raw(client, path, { "accept-encoding": "gzip" });
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  const again = await raw(client, path, { "if-none-match": zipped.headers.get("etag")! });
  assert.equal(again.status, 304);
});

Deno.test("OPTIONS: capabilities as WADL with every resource; a preflight of a viewer stays one", async () => {
  const { box, client } = await boxWithStudies(0, { dicomWebOrigins: VIEWER });
  await using _ = box;
  for (const path of ["", "/"]) {
    const answer = await client.fetch(path, "application/vnd.sun.wadl+xml", { method: "OPTIONS" });
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/vnd.sun.wadl+xml"]);
    const text = await answer.text();
    assert.ok(text.includes(`<resources base="${client.address}/">`), text);
    for (
      const part of [
        '<resource path="studies">',
        '<resource path="studies/{study}/series/{series}/instances/{instance}/frames/{frames}/rendered">',
        '<resource path="modality-scheduled-procedure-steps">',
        '<method name="GET" id="GETSearchStudies">',
        '<method name="POST" id="POSTStoreStudiesStudy">',
        '<representation mediaType="multipart/related"/>',
      ]
    ) assert.ok(text.includes(part), part);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.deepEqual(ids.length, new Set(ids).size, "each id once");
    for (const tag of ["resource", "method", "resources", "application"]) {
      const count = (pattern: RegExp) => text.match(pattern)?.length;
      assert.equal(count(new RegExp(`<${tag}[ >]`, "g")), count(new RegExp(`</${tag}>`, "g")), tag);
    }
  }
  const preflight = await fetch(`${client.address}/studies`, {
    method: "OPTIONS",
    headers: { origin: VIEWER, "access-control-request-method": "GET", "access-control-request-headers": "range" },
  });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-headers")!, /range/);
  const seen = await client.fetch("/studies", "*/*", { headers: { origin: VIEWER } });
  await seen.body?.cancel();
  assert.match(seen.headers.get("access-control-expose-headers")!, /content-range/);
  assert.match(seen.headers.get("vary") ?? "", /origin/);
});

Deno.test("401: a program without a token, and with one that is wrong, is told how to show one", async () => {
  const { box, client } = await boxWithStudies(0);
  await using _ = box;
  const asks = async (headers: Record<string, string>) => {
    const answer = await fetch(`${client.address}/studies`, { headers });
    await answer.body?.cancel();
    return [answer.status, answer.headers.get("www-authenticate")];
  };
  assert.deepEqual(await asks({}), [401, 'Bearer realm="sonodesk"']);
  assert.deepEqual(await asks({ authorization: "Bearer sd_wrong" }), [
    ...[401, 'Bearer realm="sonodesk", error="invalid_token"'],
  ]);
});

Deno.test("Forwarded and X-Forwarded-: of a trusted proxy they make the addresses in answers, of anybody else nothing", async () => {
  const headers = { forwarded: 'for=203.0.113.9, for="[2001:db8::7]:4711";proto=https;host="scans.clinic.example"' };
  const old = { "x-forwarded-proto": "https", "x-forwarded-host": "scans.clinic.example:8443" };
  const addressIn = async (client: DicomWebClient, headers: Record<string, string>) => {
    const answer = await raw(client, "/studies", headers);
    return JSON.parse(new TextDecoder().decode(answer.body))[0]["00081190"].Value[0].replace(/\/studies\/.*/, "");
  };
  {
    const { box, client } = await boxWithStudies(1, { trustedProxies: ["127.0.0.1"] });
    await using _ = box;
    assert.equal(await addressIn(client, headers), "https://scans.clinic.example/dicom-web");
    assert.equal(await addressIn(client, old), "https://scans.clinic.example:8443/dicom-web");
    assert.equal(await addressIn(client, {}), client.address);
    const odd = { forwarded: 'host="scans.example/..";proto=gopher' };
    assert.equal(await addressIn(client, odd), client.address);
    // a page of the box behind the proxy may write: it is the same site for the browser
    const sign = (origin: string) =>
      raw(client, "/../api/session", { ...old, origin, "content-length": "0" }, "DELETE");
    assert.equal((await sign("https://scans.clinic.example:8443")).status, 204);
    assert.equal((await sign("https://elsewhere.example")).status, 403);
    const secure = await raw(client, "/studies", old);
    assert.match(secure.headers.get("strict-transport-security")!, /max-age/);
  }
  const { box, client } = await boxWithStudies(1);
  await using _ = box;
  for (const said of [headers, old]) assert.equal(await addressIn(client, said), client.address);
});

Deno.test("Forwarded: who asks is the last client that the proxy names, and is not the box itself", () => {
  const from = (headers: Record<string, string>, address = "192.0.2.1") =>
    forwardedBy(new Request("http://box.local:5000/x", { headers }), address, ["192.0.2.1"]);
  assert.equal(from({ forwarded: "for=127.0.0.1, for=198.51.100.4:8080" })?.address, "198.51.100.4");
  assert.equal(from({ "x-forwarded-for": "127.0.0.1, 198.51.100.4" })?.address, "198.51.100.4");
  assert.equal(from({ forwarded: "for=_hidden" })?.address, "192.0.2.1");
  assert.equal(from({ forwarded: "for=198.51.100.4;proto=https" }, "::ffff:192.0.2.1")?.secure, true);
  assert.equal(from({ forwarded: "for=198.51.100.4" }, "192.0.2.2"), undefined);
  assert.equal(from({}), undefined);
});
