// What a stored hash may ask of this box, so that a strange one cannot stop it.
/** Bytes. */
export const MOST_MEMORY = 256 * 1024 * 1024;
/** 2 to the power of this rounds; 12 is common. */
const MOST_BCRYPT_COST = 14;
const MOST_ARGON2_PASSES = 20;

/** Whether a stored hash is in a form that `verifyPassword` knows and asks no more of this box than it may. */
export function isCheckable(stored: string): boolean {
  if (/^(scrypt:\d+:\d+:\d+|pbkdf2:sha(1|224|256|384|512):\d+)\$[^$]+\$[0-9a-f]+$/.test(stored)) return true;
  return isForWorker(stored);
}

/**
 * bcrypt's and Argon2's, which are computed on a thread of their own: they take what a machine would wait for. Argon2
 * is not computed for salts below 8 bytes and hashes below 4.
 */
export function isForWorker(stored: string): boolean {
  const bcrypt = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(stored);
  if (bcrypt) return Number(bcrypt[1]) >= 4 && Number(bcrypt[1]) <= MOST_BCRYPT_COST;
  const argon2 = /^\$argon2(?:id|i|d)\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{6,}$/.exec(
    stored,
  );
  if (!argon2) return false;
  const [memory, passes, lanes] = argon2.slice(1).map(Number) as [number, number, number];
  return memory * 1024 <= MOST_MEMORY && memory >= 8 * lanes && passes >= 1 && passes <= MOST_ARGON2_PASSES &&
    lanes >= 1 && lanes <= 16;
}
