import { askWorker } from "../ask_worker.ts";
import { Buffer } from "node:buffer";
import { pbkdf2, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { isForWorker, MOST_MEMORY } from "../password_hash.ts";
import { oneAfterAnother } from "../timing/turns.ts";

/*
 * Hashes are written as the clinic's Flask backend (werkzeug.security) writes them, so that its users can sign in
 * here with the passwords they have: `scrypt:N:r:p$salt$hex` and, read only, `pbkdf2:DIGEST:iterations$salt$hex`. Read
 * only, too, is what Flask-Bcrypt, passlib and argon2-cffi write: `$2b$12$…` and `$argon2id$v=19$m=65536,t=3,p=4$…`.
 */

const COST = 32768;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const SCRYPT_BYTES = 64;
const SALT_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SALT_LENGTH = 16;

// What a stored hash may ask of this box, so that a strange one cannot stop it.
const MOST_ITERATIONS = 10_000_000;
/** What werkzeug may have been told to use with pbkdf2; `sha256` unless it was. */
const DIGESTS = ["sha1", "sha224", "sha256", "sha384", "sha512"];

const deriveScrypt = promisify<string, string, number, object, Uint8Array>(scrypt);
const derivePbkdf2 = promisify<string, string, number, number, string, Uint8Array>(pbkdf2);

/** For Argon2, which takes up to `MOST_MEMORY`: four at once would be all of a small computer. */
const alone = oneAfterAnother();

/** What `password_worker.ts` is asked; it answers whether they fit. */
export interface PasswordCheck {
  password: string;
  stored: string;
}

/** The hash to store for a new password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = newSalt();
  const hash = await scryptHash(password, salt, COST, BLOCK_SIZE, PARALLELISM, SCRYPT_BYTES);
  return `scrypt:${COST}:${BLOCK_SIZE}:${PARALLELISM}$${salt}$${Buffer.from(hash).toString("hex")}`;
}

/** Whether the password is the one that was hashed. A hash in a form not known here fits no password. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  if (isForWorker(stored)) {
    const work: PasswordCheck = { password, stored };
    const check = () => askWorker<boolean>(new URL("./password_worker.ts", import.meta.url), work);
    return await (stored.startsWith("$argon2") ? alone(check) : check());
  }
  const [method = "", salt = "", hex = "", ...rest] = stored.split("$");
  if (rest.length > 0 || salt === "" || !/^([0-9a-f]{2}){16,128}$/.test(hex)) return false;
  const expected = Buffer.from(hex, "hex");
  const actual = await derive(password, method, salt, expected.length);
  return actual !== undefined && timingSafeEqual(actual, expected);
}

/**
 * Takes as long as checking a password does, and fits none: for user names that do not exist, so that the time of a
 * refusal does not tell who has an account.
 */
export async function verifyNobody(password: string): Promise<false> {
  await scryptHash(password, "nobody-has-this-salt".slice(0, SALT_LENGTH), COST, BLOCK_SIZE, PARALLELISM, SCRYPT_BYTES);
  return false;
}

async function derive(
  password: string,
  method: string,
  salt: string,
  length: number,
): Promise<Uint8Array | undefined> {
  const [name, ...parameters] = method.split(":");
  if (name === "scrypt" && parameters.length === 3) {
    const [cost, blockSize, parallelism] = parameters.map(Number) as [number, number, number];
    const powerOfTwo = Number.isSafeInteger(cost) && cost > 1 && Number.isInteger(Math.log2(cost));
    if (!powerOfTwo || !(blockSize >= 1) || !(parallelism >= 1) || parallelism > 16) return undefined;
    if (128 * cost * blockSize > MOST_MEMORY) return undefined;
    return await scryptHash(password, salt, cost, blockSize, parallelism, length);
  }
  if (name === "pbkdf2" && parameters.length === 2 && DIGESTS.includes(parameters[0]!)) {
    const iterations = Number(parameters[1]);
    if (!Number.isSafeInteger(iterations) || iterations < 1 || iterations > MOST_ITERATIONS) return undefined;
    return await derivePbkdf2(password, salt, iterations, length, parameters[0]!);
  }
  return undefined;
}

async function scryptHash(
  password: string,
  salt: string,
  cost: number,
  blockSize: number,
  parallelism: number,
  length: number,
): Promise<Uint8Array> {
  return await deriveScrypt(password, salt, length, {
    N: cost,
    r: blockSize,
    p: parallelism,
    // node asks for 128·N·r and a little more
    maxmem: 132 * cost * blockSize * parallelism,
  });
}

/** Letters and digits, as werkzeug makes them; each byte below 248 gives one of 62 without favour. */
function newSalt(): string {
  let salt = "";
  while (salt.length < SALT_LENGTH) {
    for (const byte of randomBytes(SALT_LENGTH)) {
      if (byte < 248 && salt.length < SALT_LENGTH) salt += SALT_ALPHABET[byte % 62];
    }
  }
  return salt;
}
