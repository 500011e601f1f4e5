import { Buffer } from "node:buffer";
import { AwsClient } from "aws4fetch";
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Refused, say, type Sentence } from "../sentences.ts";
import { type S3Access, type Target, TargetRefusal } from "./target.ts";

/** Files above this go in parts of it, bytes: one is held in memory at a time. S3 takes none below 5 MiB. */
const PART = 5 * 1024 * 1024;
/** Files under way at once: most of the time of each is spent waiting for the store. Each may hold two parts in memory. */
const AT_ONCE = 8;
/** How long one request may take, milliseconds: a part over a slow line. */
const LONGEST_REQUEST = 300_000;
/** Waits before a request that failed is made again, milliseconds. */
const AGAIN_AFTER = [500, 2000, 5000];

/** A backup in a bucket of an S3-compatible store, below a path in it. */
export class S3Target implements Target {
  readonly name: string;
  readonly atOnce = AT_ONCE;
  readonly #client: AwsClient;
  readonly #bucket: string;
  /** What every key begins with: "" or "path/". */
  readonly #prefix: string;
  readonly #endpoint: string;

  readonly #pageSize: number;

  /**
   * @param pageSize files in one answer to a list, at most 1000
   * @throws Error when the name or the endpoint is none
   */
  constructor(name: string, access: S3Access, pageSize = 1000) {
    this.#pageSize = pageSize;
    const [, bucket, path = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/+(.*?))?\/*$/.exec(name) ?? [];
    if (bucket === undefined) {
      throw new Refused(say("bucket-name", { name }));
    }
    if (!URL.canParse(access.endpoint) || !/^https?:/.test(access.endpoint)) {
      throw new Refused(
        say("bucket-address", { name, endpoint: access.endpoint }),
      );
    }
    this.name = name.replace(/\/+$/, "");
    this.#bucket = bucket;
    this.#prefix = path === "" ? "" : `${path}/`;
    this.#endpoint = access.endpoint.replace(/\/+$/, "");
    this.#client = new AwsClient({ ...access, service: "s3", retries: 0 });
  }

  /** There is no lock in S3: a bucket's path is for one box, which makes one backup at a time. */
  async begin(): Promise<Disposable> {
    await this.#abortOldUploads();
    return { [Symbol.dispose]() {} };
  }

  async list(below: string): Promise<string[]> {
    return [...(await this.sizes(below)).keys()];
  }

  async sizes(below: string): Promise<Map<string, number>> {
    const found: [path: string, size: number][] = [];
    for (let next: string | undefined = ""; next !== undefined;) {
      const query: Record<string, string> = {
        "list-type": "2",
        "max-keys": String(this.#pageSize),
        prefix: `${this.#prefix}${below}/`,
      };
      if (next !== "") query["continuation-token"] = next;
      const xml: string = await (await this.#ask("GET", undefined, { query })).text();
      for (const [, file] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const [key, size] = [valuesOf(file!, "Key")[0] ?? "", Number(valuesOf(file!, "Size")[0])];
        found.push([key.slice(this.#prefix.length), size]);
      }
      next = valuesOf(xml, "IsTruncated")[0] === "true" ? valuesOf(xml, "NextContinuationToken")[0] : undefined;
    }
    return new Map(found.sort(([a], [b]) => a < b ? -1 : 1));
  }

  async read(path: string): Promise<ReadableStream<Uint8Array>> {
    const answer = await this.#ask("GET", path, { orNone: true });
    if (answer.status === 404) {
      await answer.body?.cancel();
      throw new Deno.errors.NotFound(`there is no ${path} in ${this.name}`);
    }
    return answer.body ?? new ReadableStream({ start: (controller) => controller.close() });
  }

  async write(path: string, bytes: ReadableStream<Uint8Array>, isGood = () => true): Promise<boolean> {
    const parts = inParts(bytes);
    const first = await parts.next();
    const second = first.done ? first : await parts.next();
    if (first.done || second.done) {
      if (!isGood()) return false;
      const done = await this.#ask("PUT", path, { body: first.done ? new Uint8Array() : first.value });
      await done.body?.cancel();
      return true;
    }
    const begun = await (await this.#ask("POST", path, { query: { uploads: "" } })).text();
    const uploadId = valuesOf(begun, "UploadId")[0];
    if (uploadId === undefined) throw new TargetRefusal(this.name, say("s3-upload", { path }));
    try {
      const tags: string[] = [];
      const put = async (body: Uint8Array<ArrayBuffer>) => {
        const query = { partNumber: String(tags.length + 1), uploadId };
        const answer = await this.#ask("PUT", path, { query, body });
        await answer.body?.cancel();
        tags.push(answer.headers.get("etag") ?? "");
      };
      await put(first.value);
      await put(second.value);
      for await (const part of parts) await put(part);
      if (isGood()) {
        const list = tags.map((tag, n) => `<Part><PartNumber>${n + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join("");
        const body = new TextEncoder().encode(`<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`);
        const done = await (await this.#ask("POST", path, { query: { uploadId }, body })).text();
        // S3 may say 200 and then that it failed
        if (/<Error>/.test(done)) throw new TargetRefusal(this.name, say("s3-upload", { path }));
        return true;
      }
    } catch (error) {
      await this.#abort(path, uploadId).catch(() => undefined); // the first error says more
      throw error;
    }
    await this.#abort(path, uploadId);
    return false;
  }

  /** What S3 has said yes to is there for good. */
  async settle(): Promise<void> {}

  async remove(path: string): Promise<void> {
    await (await this.#ask("DELETE", path, { orNone: true })).body?.cancel();
  }

  async #abort(path: string, uploadId: string): Promise<void> {
    await (await this.#ask("DELETE", path, { query: { uploadId }, orNone: true })).body?.cancel();
  }

  /** Parts of an upload that was broken off are kept, and paid for, until somebody says that it is over. */
  async #abortOldUploads(): Promise<void> {
    const answer = await this.#ask("GET", undefined, { query: { uploads: "", prefix: this.#prefix }, orNone: true });
    const xml = await answer.text();
    if (!answer.ok) return; // a store that cannot list them
    const [keys, ids] = [valuesOf(xml, "Key"), valuesOf(xml, "UploadId")];
    for (const [n, key] of keys.entries()) await this.#abort(key.slice(this.#prefix.length), ids[n]!);
  }

  /**
   * A signed request; tried again where the store was out of reach or busy.
   *
   * @param path undefined for the bucket itself
   * @throws TargetRefusal in words
   */
  async #ask(
    method: string,
    path: string | undefined,
    { query = {}, body, orNone = false }: {
      query?: Record<string, string>;
      body?: Uint8Array<ArrayBuffer>;
      /** A refusal that is no trouble: it is answered as it came. */
      orNone?: boolean;
    },
  ): Promise<Response> {
    const key = path === undefined ? "" : `/${`${this.#prefix}${path}`.split("/").map(encodeURIComponent).join("/")}`;
    const search = new URLSearchParams(query).toString().replaceAll("+", "%20");
    const url = `${this.#endpoint}/${this.#bucket}${key}${search === "" ? "" : `?${search}`}`;
    const headers = { "x-amz-content-sha256": createHash("sha256").update(body ?? new Uint8Array()).digest("hex") };
    for (let tries = 0;; tries++) {
      const wait = AGAIN_AFTER[tries];
      let why: Sentence;
      try {
        const signal = AbortSignal.timeout(LONGEST_REQUEST);
        const answer = await this.#client.fetch(url, { method, headers, body, signal });
        if (answer.ok || (orNone && [404, 405, 501].includes(answer.status))) return answer;
        const text = await answer.text();
        const code = valuesOf(text, "Code")[0] ?? "";
        const said = valuesOf(text, "Message")[0] ?? (code || answer.statusText);
        const isAnswered = answer.status < 500 && answer.status !== 429;
        why = refusalOf(answer.status, code, said);
        if (isAnswered || why.code === "s3-full") throw new TargetRefusal(this.name, why);
      } catch (error) {
        if (error instanceof TargetRefusal) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        why = say("s3-away", { endpoint: this.#endpoint, why: reason });
      }
      if (wait === undefined) throw new TargetRefusal(this.name, why);
      await delay(wait);
    }
  }
}

/** What helps where a store has answered no. @param code S3's own, such as `AccessDenied`; "" where it said none */
function refusalOf(status: number, code: string, why: string): Sentence {
  // by its code first: a clock, a quota and a key are all refused by 403
  if (/^RequestTimeTooSkewed$|^RequestExpired$|^RequestInTheFuture$/.test(code)) {
    return say("s3-clock", { status, why });
  }
  if (status === 507 || /Quota|StorageFull|InsufficientStorage|NoSpace/i.test(code)) {
    return say("s3-full", { status, why });
  }
  if (/^AuthorizationHeaderMalformed$|^PermanentRedirect$|Region/.test(code) || status === 301) {
    return say("s3-region", { status, why });
  }
  if (status === 403 || status === 401) return say("s3-key", { status, why });
  if (status === 404) return say("s3-no-bucket", { status, why });
  return status >= 500 || status === 429 ? say("s3-busy", { status, why }) : say("s3-refused", { status, why });
}

/** The bytes in parts of one size, but for the last; a small file takes no more memory than it is long. */
async function* inParts(bytes: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + PART - length);
      pieces.push(piece);
      length += piece.length;
      at += piece.length;
      if (length < PART) continue;
      yield Buffer.concat(pieces, length);
      [pieces, length] = [[], 0];
    }
  }
  if (length > 0) yield Buffer.concat(pieces, length);
}

/** The text of each element of that name. */
function valuesOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text]) => unescaped(text!));
}

function unescaped(text: string): string {
  const named: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replaceAll(
    /&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
    (whole, decimal, hex, name) =>
      decimal
        ? String.fromCodePoint(Number(decimal))
        : hex
        ? String.fromCodePoint(parseInt(hex, 16))
        : named[name] ?? whole,
  );
}
