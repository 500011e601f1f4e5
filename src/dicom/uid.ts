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
