import { Refused, say } from "../sentences.ts";
import { snapshotsIn } from "./format.ts";
import type { Change } from "./chunks.ts";
import { type Target, writeText } from "./target.ts";

const IDENTITY = "identity.age";
/** scrypt's work: 2^16, 64 MB of memory, about a second on a small board; a guess costs an attacker the same. */
const WORK_FACTOR = 16;

/** Encrypts for a backup and decrypts from it; where there is no passphrase, lets the bytes through. */
export interface Encryption {
  encrypted: boolean;
  /** What encrypted files end in. */
  suffix: "" | ".age";
  encrypt?: Change;
  decrypt?: Change;
  /** How long a file of so many bytes is once it is encrypted. */
  sizeOf(plain: number): number;
}

const PLAIN: Encryption = { encrypted: false, suffix: "", sizeOf: (plain) => plain };

/** age encrypts in chunks of so many bytes, each followed by its tag; an empty file is one empty chunk. */
const [CHUNK, TAG] = [65_536, 16];

/**
 * The encryption of a backup, in age's format (age-encryption.org/v1): each file is encrypted to one key, which lies
 * beside them encrypted by the passphrase. So `age -d identity.age > key; age -d -i key FILE` opens it anywhere.
 *
 * @param passphrase undefined for a backup that is not encrypted
 * @throws Error when the passphrase does not fit
 */
export async function openEncryption(target: Target, passphrase: string | undefined): Promise<Encryption> {
  const encryptedIdentity = await identityIn(target);
  if (encryptedIdentity === undefined) {
    if (passphrase !== undefined && (await snapshotsIn(target)).length > 0) {
      throw new Refused(
        say("backup-not-encrypted", { place: target.name }),
      );
    }
    return PLAIN;
  }
  if (passphrase === undefined) {
    throw new Refused(say("backup-encrypted", { place: target.name }));
  }
  // loaded only where it is needed
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  let identity: string;
  try {
    identity = (await decrypter.decrypt(encryptedIdentity, "text")).trim();
  } catch (error) {
    throw new Refused(say("backup-wrong-passphrase", { place: target.name }), {
      cause: error,
    });
  }
  return await encryptionOf(identity);
}

/** Makes a target that has no backup yet an encrypted one; does nothing where there is one. */
export async function ensureEncrypted(target: Target, passphrase: string): Promise<void> {
  if (await identityIn(target) !== undefined || (await snapshotsIn(target)).length > 0) return;
  const { Encrypter, generateX25519Identity, identityToRecipient } = await import("age-encryption");
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  encrypter.setPassphrase(passphrase);
  await writeText(target, "recipient.txt", `${await identityToRecipient(identity)}\n`);
  // without it nothing can be opened again
  await writeText(target, IDENTITY, new Uint8Array(await encrypter.encrypt(`${identity}\n`)));
  await target.settle([IDENTITY]);
}

async function identityIn(target: Target): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await new Response(await target.read(IDENTITY)).arrayBuffer());
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function encryptionOf(identity: string): Promise<Encryption> {
  const { Decrypter, Encrypter, identityToRecipient } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  // a header and one tag, of one length whatever is encrypted
  const { length } = await encrypter.encrypt(new Uint8Array());
  return {
    encrypted: true,
    suffix: ".age",
    sizeOf: (plain) => length + plain + TAG * Math.max(0, Math.ceil(plain / CHUNK) - 1),
    encrypt: (bytes) => encrypter.encrypt(bytes),
    decrypt: (bytes) => decrypter.decrypt(bytes),
  };
}
