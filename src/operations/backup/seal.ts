import type { Change } from "./copy.ts";
import { isFile, snapshotsIn } from "./format.ts";

const IDENTITY = "identity.age";
/** scrypt's work: 2^16, 64 MB of memory, about a second on a small board; a guess costs an attacker the same. */
const WORK_FACTOR = 16;

/** Encrypts for a backup and decrypts from it; where there is no passphrase, lets the bytes through. */
export interface Seal {
  encrypted: boolean;
  /** What sealed files end in. */
  suffix: "" | ".age";
  seal?: Change;
  open?: Change;
}

const PLAIN: Seal = { encrypted: false, suffix: "" };

/**
 * The seal of a backup's folder, in age's format (age-encryption.org/v1): each file is encrypted to one key, which lies
 * beside them encrypted by the passphrase. So `age -d identity.age > key; age -d -i key FILE` opens it anywhere.
 *
 * @param passphrase undefined for a backup that is not encrypted
 * @throws Error when the passphrase does not fit the folder
 */
export async function openSeal(folder: string, passphrase: string | undefined): Promise<Seal> {
  const path = `${folder}/${IDENTITY}`;
  if (!isFile(path)) {
    if (passphrase !== undefined && snapshotsIn(folder).length > 0) {
      throw new Error(
        `Cannot use the backup in ${folder} with a passphrase: it is not encrypted, ` +
          `choose an empty folder, or unset SONODESK_BACKUP_PASSPHRASE`,
      );
    }
    return PLAIN;
  }
  if (passphrase === undefined) {
    throw new Error(`Cannot use the backup in ${folder}: it is encrypted, set SONODESK_BACKUP_PASSPHRASE`);
  }
  // loaded only where it is needed
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  let identity: string;
  try {
    identity = (await decrypter.decrypt(Deno.readFileSync(path), "text")).trim();
  } catch (error) {
    throw new Error(`Cannot open the backup in ${folder}: the passphrase is not the one it was made with`, {
      cause: error,
    });
  }
  return await sealOf(identity);
}

/** Makes a folder that has no backup yet an encrypted one. */
export async function makeSeal(folder: string, passphrase: string): Promise<void> {
  const { Encrypter, generateX25519Identity, identityToRecipient } = await import("age-encryption");
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  encrypter.setPassphrase(passphrase);
  Deno.writeTextFileSync(`${folder}/recipient.txt`, `${await identityToRecipient(identity)}\n`);
  const part = `${folder}/${IDENTITY}.part`;
  {
    using file = Deno.openSync(part, { write: true, create: true, truncate: true });
    const bytes = await encrypter.encrypt(`${identity}\n`);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.syncSync(); // without it nothing can be opened again
  }
  Deno.renameSync(part, `${folder}/${IDENTITY}`);
}

async function sealOf(identity: string): Promise<Seal> {
  const { Decrypter, Encrypter, identityToRecipient } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return {
    encrypted: true,
    suffix: ".age",
    seal: (bytes) => encrypter.encrypt(bytes),
    open: (bytes) => decrypter.decrypt(bytes),
  };
}
