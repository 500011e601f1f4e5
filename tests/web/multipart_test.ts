import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { acceptedTypes, takes } from "../../src/web/dicomweb/accept.ts";
import { BodyTooSlow, MalformedMultipart, readMultipart, writeMultipart } from "../../src/web/dicomweb/multipart.ts";

/** A body that comes in these pieces. */
function streamOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces);
}

async function read(body: ReadableStream<Uint8Array>, boundary: string): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for await (const { body: content } of readMultipart(body, boundary, 1000)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece.slice());
    parts.push(Buffer.concat(pieces));
  }
  return parts;
}

/** Bytes in which the delimiter's own letters are frequent. */
const content = fc.array(fc.constantFrom(13, 10, 45, 98, 0), { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes))
  .filter((bytes) => !Buffer.from(bytes).includes("\r\n--b"));

Deno.test("multipart: each part is read whole, wherever the pieces are cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(content, { maxLength: 4 }), fc.integer({ min: 1, max: 40 }), async (parts, step) => {
      const whole = Buffer.concat([
        ...parts.flatMap((part) => [Buffer.from("\r\n--b\r\nX-Some: header\r\n\r\n"), part]),
        Buffer.from("\r\n--b--\r\nan epilogue"),
      ]);
      const pieces = [];
      for (let at = 0; at < whole.length; at += step) pieces.push(whole.subarray(at, at + step));
      const found = await read(streamOf(pieces), "b");
      assert.deepEqual(found.map((part) => [...part]), parts.map((part) => [...part]));
    }),
  );
});

Deno.test("multipart: what a receiver leaves of a part is passed over", async () => {
  const body = Buffer.from("--b\r\n\r\nfirst\r\n--b\r\n\r\nsecond\r\n--b--");
  const seen: string[] = [];
  for await (
    const { body: content } of readMultipart(streamOf([...body].map((byte) => Uint8Array.of(byte))), "b", 1000)
  ) {
    for await (const piece of content) {
      seen.push(Buffer.from(piece).toString());
      break;
    }
  }
  assert.deepEqual(seen, ["f", "s"]);
});

Deno.test("multipart: what is written is read again", async () => {
  const { contentType, body } = writeMultipart("application/dicom", [
    { contentType: "application/dicom", location: "/there", body: () => Buffer.from("one\r\n") },
    { contentType: "application/dicom", body: () => streamOf([Buffer.from("tw"), Buffer.from("o")]) },
  ]);
  const [, boundary] = /^multipart\/related; type="application\/dicom"; boundary=(\S+)$/.exec(contentType)!;
  assert.deepEqual((await read(body, boundary!)).map(String), ["one\r\n", "two"]);
});

Deno.test("multipart: a body without end, and one that does not go on", async () => {
  await assert.rejects(read(streamOf([Buffer.from("--b\r\n\r\nhalf")]), "b"), MalformedMultipart);
  await assert.rejects(read(streamOf([Buffer.from("nothing")]), "b"), MalformedMultipart);
  const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error("reset")) });
  await assert.rejects(read(broken, "b"), /the connection broke: reset/);
  const silent = readMultipart(new ReadableStream<Uint8Array>(), "b", 20);
  await assert.rejects(silent.next(), BodyTooSlow);
  const stopping = new AbortController();
  const stopped = readMultipart(new ReadableStream<Uint8Array>(), "b", 60_000, stopping.signal).next();
  stopping.abort();
  await assert.rejects(stopped, BodyTooSlow);
});

Deno.test("Accept: types by their weight, with the parameters that DICOMweb has", () => {
  const header = 'image/png;q=0.5, multipart/related; type="application/dicom"; transfer-syntax=*, */*;q=0.1, x/y;q=0';
  assert.deepEqual(acceptedTypes(header, undefined), [
    { type: "multipart/related", content: "application/dicom", multipart: true, transferSyntax: "*" },
    { type: "image/png", content: "image/png", multipart: false, transferSyntax: undefined },
    { type: "*/*", content: "*/*", multipart: false, transferSyntax: undefined },
  ]);
  assert.equal(acceptedTypes(undefined, undefined)[0]!.content, "*/*", "who says nothing takes anything");
  assert.equal(acceptedTypes("image/png", "image/jpeg")[0]!.content, "image/jpeg", "the query has the last word");
  assert.deepEqual([takes("image/*", "image/jls"), takes("image/*", "video/mp4"), takes("*/*", "video/mp4")], [
    true,
    false,
    true,
  ]);
});
