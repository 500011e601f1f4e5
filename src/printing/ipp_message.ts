/** Operations, by their ids (RFC 8011 5.4.15). */
export const Operation = {
  PRINT_JOB: 0x0002,
  GET_JOB_ATTRIBUTES: 0x0009,
  GET_PRINTER_ATTRIBUTES: 0x000b,
} as const;

/** Tags of groups and of values (RFC 8010 3.5). */
export const Tag = {
  OPERATION: 0x01,
  JOB: 0x02,
  END: 0x03,
  PRINTER: 0x04,
  INTEGER: 0x21,
  BOOLEAN: 0x22,
  ENUM: 0x23,
  RESOLUTION: 0x32,
  BEGIN_COLLECTION: 0x34,
  TEXT_WITH_LANGUAGE: 0x35,
  NAME_WITH_LANGUAGE: 0x36,
  END_COLLECTION: 0x37,
  TEXT: 0x41,
  NAME: 0x42,
  KEYWORD: 0x44,
  URI: 0x45,
  CHARSET: 0x47,
  LANGUAGE: 0x48,
  MIME_TYPE: 0x49,
} as const;

/** An attribute that is sent: text, or a whole number where its tag is that of one. */
export type SentAttribute = readonly [tag: number, name: string, ...values: (string | number)[]];

/** Dots in an inch, across and along. */
export interface Resolution {
  /** Across the feed. */
  across: number;
  /** Along the feed. */
  along: number;
}

/** A value of an attribute that came. Collections and what the box does not read are left out. */
export type Value = string | number | boolean | Resolution;

/** What a printer answers. */
export interface Answer {
  /** RFC 8011 B.1; below 0x0100 it has done what it was asked. */
  status: number;
  /** All groups in one, by name; of several jobs or printers the first. */
  attributes: ReadonlyMap<string, readonly Value[]>;
}

/** Attributes of an answer that are read at most. */
const MOST_ATTRIBUTES = 5000;
/** Dots per inch; 4 is per centimetre (RFC 8011 5.1.16). */
const PER_INCH = 3;

/**
 * A request, without the document that may follow it (RFC 8010 3.1).
 *
 * @param version such as `[2, 0]`
 * @param groups each with its tag
 */
export function encodeRequest(
  version: readonly [number, number],
  operation: number,
  groups: readonly (readonly [tag: number, attributes: readonly SentAttribute[]])[],
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [...version, ...short(operation), 0, 0, 0, 1];
  for (const [group, attributes] of groups) {
    bytes.push(group);
    for (const [tag, name, ...values] of attributes) {
      values.forEach((value, n) => {
        const encoded = typeof value === "number" ? integer(value) : [...new TextEncoder().encode(value)];
        // further values of an attribute have no name
        const named = n === 0 ? [...new TextEncoder().encode(name)] : [];
        bytes.push(tag, ...short(named.length), ...named, ...short(encoded.length), ...encoded);
      });
    }
  }
  bytes.push(Tag.END);
  return Uint8Array.from(bytes);
}

/** @throws Error where it is no answer of IPP, or ends too early */
export function decodeAnswer(bytes: Uint8Array): Answer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes = new Map<string, Value[]>();
  const status = view.getUint16(2);
  let [at, depth, name, count] = [8, 0, "", 0];
  for (;;) {
    const tag = view.getUint8(at++);
    if (tag === Tag.END) return { status, attributes };
    if (tag < 0x10) continue; // a group begins
    if (++count > MOST_ATTRIBUTES) throw new Error("it has too many attributes");
    const named = view.getUint16(at);
    if (named > 0) name = text(bytes, at + 2, named);
    const length = view.getUint16(at + 2 + named);
    const from = at + 4 + named;
    at = from + length;
    if (at > bytes.length) throw new Error("it ends too early");
    if (tag === Tag.BEGIN_COLLECTION) depth++;
    else if (tag === Tag.END_COLLECTION) depth--;
    else if (depth === 0) {
      const value = valueOf(tag, view, bytes.subarray(from, at), from);
      // of a second job or printer nothing is kept: it would stand among the values of the first
      if (value !== undefined && (named === 0 || !attributes.has(name))) {
        attributes.set(name, [...(attributes.get(name) ?? []), value]);
      }
    }
  }
}

function valueOf(tag: number, view: DataView, value: Uint8Array, from: number): Value | undefined {
  switch (tag) {
    case Tag.INTEGER:
    case Tag.ENUM:
      return value.length === 4 ? view.getInt32(from) : undefined;
    case Tag.BOOLEAN:
      return value[0] !== 0;
    case Tag.RESOLUTION: {
      if (value.length !== 9) return undefined;
      const scale = value[8] === PER_INCH ? 1 : 2.54;
      return { across: Math.round(view.getInt32(from) * scale), along: Math.round(view.getInt32(from + 4) * scale) };
    }
    case Tag.TEXT_WITH_LANGUAGE:
    case Tag.NAME_WITH_LANGUAGE: {
      if (value.length < 4) return undefined;
      const language = view.getUint16(from);
      return new TextDecoder().decode(value.subarray(4 + language));
    }
    default:
      return tag >= Tag.TEXT && tag <= Tag.MIME_TYPE ? new TextDecoder().decode(value) : undefined;
  }
}

function text(bytes: Uint8Array, from: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(from, from + length));
}

function short(value: number): number[] {
  return [value >> 8 & 0xff, value & 0xff];
}

function integer(value: number): number[] {
  return [value >> 24 & 0xff, value >> 16 & 0xff, value >> 8 & 0xff, value & 0xff];
}
