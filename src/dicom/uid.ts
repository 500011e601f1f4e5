import { createHash } from "node:crypto";

/**
 * A fresh UID under 2.25, from a random UUID written as a decimal number (PS3.5 B.2): valid everywhere, at most
 * 44 characters, no registration needed.
 */
export function newUid(): string {
  return `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`)}`;
}

/** Whether a text is a UID: 1 to 64 characters, components of digits without leading zeros (PS3.5 9.1). */
export function isUid(text: string): boolean {
  return text.length <= 64 && /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/.test(text);
}

/** A UID under 2.25 that is always the same for the same name (a name-based UUID, RFC 9562 version 8). */
export function derivedUid(name: string): string {
  const bytes = createHash("sha256").update(name).digest().subarray(0, 16);
  bytes[6] = 0x80 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return `2.25.${BigInt(`0x${bytes.toString("hex")}`)}`;
}
