/** A ClientHello in one record is not longer: its record's header and 2^14 bytes (RFC 8446 5.1). */
export const LONGEST_HELLO = 5 + 16_384;

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SIGNATURE_ALGORITHMS = 13;
const ECDSA_WITH_P256 = 0x0403;
/** Cipher suites of TLS 1.2 with forward secrecy, authenticated encryption and ECDSA (RFC 5289, RFC 7905). */
const ECDSA_SUITES: readonly number[] = [0xc02b, 0xc02c, 0xcca9];
/** Those of TLS 1.3, in which the signature is chosen apart, are 0x1301 to 0x1305. */
const isOfTls13 = (suite: number) => suite >> 8 === 0x13;

/**
 * Whether a peer can be shown an RSA certificate alone, by the first that it says (RFC 8446 4.1.2, RFC 5246 7.4.1.2).
 *
 * @param bytes the beginning of its connection
 * @returns undefined while not all of it has come; false also for what is no ClientHello
 */
export function needsRsa(bytes: Uint8Array): boolean | undefined {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return false;
  if (bytes.length < 5) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 5 + view.getUint16(3);
  if (bytes.length < Math.min(end, LONGEST_HELLO)) return undefined;
  try {
    return !takesEcdsa(new DataView(bytes.buffer, bytes.byteOffset, Math.min(end, bytes.length)));
  } catch (error) {
    if (error instanceof RangeError) return false; // its lengths are wrong: TLS says so
    throw error;
  }
}

/** @throws RangeError where it ends before it should */
function takesEcdsa(record: DataView): boolean {
  if (record.getUint8(5) !== CLIENT_HELLO) return true;
  let at = 5 + 4 + 2 + 32; // headers of record and message, version, random
  at += 1 + record.getUint8(at); // session
  const suites = numbers(record, at + 2, record.getUint16(at));
  at += 2 + record.getUint16(at);
  at += 1 + record.getUint8(at); // compression
  const offers = suites.some((suite) => isOfTls13(suite) || ECDSA_SUITES.includes(suite));
  if (at === record.byteLength) return offers; // no extensions
  const end = at + 2 + record.getUint16(at);
  for (at += 2; at < end; at += 4 + record.getUint16(at + 2)) {
    if (record.getUint16(at) !== SIGNATURE_ALGORITHMS) continue;
    return offers && numbers(record, at + 6, record.getUint16(at + 4)).includes(ECDSA_WITH_P256);
  }
  return offers;
}

function numbers(view: DataView, start: number, length: number): number[] {
  return Array.from({ length: length >> 1 }, (_, n) => view.getUint16(start + 2 * n));
}
