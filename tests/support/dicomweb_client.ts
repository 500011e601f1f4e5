import { Buffer } from "node:buffer";
import { newApiToken } from "../../src/web/sign_ins.ts";
import type { Role } from "../../src/store/users.ts";
import type { Box } from "./box.ts";

/** One part of a multipart answer. */
export interface AnswerPart {
  contentType: string;
  body: Buffer;
}

/** A program that speaks DICOMweb with a box, with a token of its own. */
export class DicomWebClient {
  readonly address: string;
  readonly token: string;

  constructor(box: Box, { role = "doctor", readOnly = false }: { role?: Role; readOnly?: boolean } = {}) {
    if (!box.store.users.any()) {
      // a box that nobody has set up answers nothing
      box.store.users.add({ username: "admin", displayName: "", role: "admin", passwordHash: "none" });
    }
    const { token, tokenHash } = newApiToken();
    box.store.apiTokens.add({ name: "viewer", role, readOnly, createdBy: "admin", expiresAt: null }, tokenHash);
    this.address = `http://127.0.0.1:${box.appliance.ports.webPort}/dicom-web`;
    this.token = token;
  }

  fetch(path: string, accept = "*/*", init: RequestInit = {}): Promise<Response> {
    return fetch(this.address + path, {
      ...init,
      headers: { authorization: `Bearer ${this.token}`, accept, ...init.headers },
    });
  }

  // deno-lint-ignore no-explicit-any
  async json(path: string): Promise<any> {
    const answer = await this.fetch(path, "application/dicom+json");
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  }

  /** The parts of a multipart answer. */
  async parts(path: string, accept = "*/*"): Promise<AnswerPart[]> {
    const answer = await this.fetch(path, accept);
    const body = Buffer.from(await answer.bytes());
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${body}`);
    const [, boundary] = /boundary=(\S+)/.exec(answer.headers.get("content-type")!)!;
    return partsOf(body, boundary!);
  }

  /** Stores files in one request. */
  store(files: readonly Uint8Array[], path = "/studies"): Promise<Response> {
    const boundary = "a boundary of the tests";
    const parts = files.flatMap((file) => [
      Buffer.from(`\r\n--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
      file,
    ]);
    return this.fetch(path, "application/dicom+json", {
      method: "POST",
      headers: { "content-type": `multipart/related; type="application/dicom"; boundary="${boundary}"` },
      body: new Uint8Array(Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)])),
    });
  }
}

function partsOf(body: Buffer, boundary: string): AnswerPart[] {
  const parts: AnswerPart[] = [];
  const delimiter = Buffer.from(`--${boundary}`);
  let at = body.indexOf(delimiter) + delimiter.length;
  while (body.toString("latin1", at, at + 2) === "\r\n") {
    const head = body.indexOf("\r\n\r\n", at);
    const next = body.indexOf(Buffer.concat([Buffer.from("\r\n"), delimiter]), head);
    const [, contentType = ""] = /content-type: ([^\r]*)/i.exec(body.toString("latin1", at, head)) ?? [];
    parts.push({ contentType, body: body.subarray(head + 4, next) });
    at = next + 2 + delimiter.length;
  }
  return parts;
}
