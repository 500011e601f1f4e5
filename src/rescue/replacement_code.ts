import { randomInt, scrypt, timingSafeEqual } from "node:crypto";

/** scrypt's work (RFC 7914): 32 MB and some tenths of a second a guess on a small board. */
const WORK = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** Three times four digits, which a person reads on one box and types at another. */
export function newReplacementCode(): string {
  return Array.from({ length: 3 }, () => String(randomInt(10_000)).padStart(4, "0")).join("-");
}

/**
 * What proves to the other box that one has the code, and that both see the same certificate authority: whoever stands
 * between them shows another one, and has no code to make a proof for it.
 *
 * @param by which of the two proves it, so that neither can answer with what it was sent
 * @param authority the certificate of the old box's own authority, DER; empty where it speaks HTTP alone
 * @returns base64
 */
export function proofOf(code: string, by: "new box" | "old box", authority: Uint8Array): Promise<string> {
  const salt = new Uint8Array([...new TextEncoder().encode(`sonodesk replacement, ${by}: `), ...authority]);
  return new Promise((resolve, reject) => {
    scrypt(code.replaceAll(/\D/g, ""), salt, 32, WORK, (error, key) => {
      if (error) reject(error);
      else resolve(key.toString("base64"));
    });
  });
}

/** Whether two proofs are the same, without telling how far. */
export function isSameProof(one: string, other: string): boolean {
  const [a, b] = [new TextEncoder().encode(one), new TextEncoder().encode(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
