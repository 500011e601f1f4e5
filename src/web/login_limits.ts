import { networkOf } from "./ipv6.ts";

interface Tries {
  failures: number;
  /** Milliseconds of the steady clock before which a further try is refused. */
  notBefore: number;
}

/**
 * How often somebody may try a password.
 *
 * Counted for a user name at an address, so that guessing from elsewhere cannot lock the kiosk out, and for the
 * address alone, more patiently, so that trying many names is slowed too; of IPv6 also for the network, still more
 * patiently, since one computer may take each address of it. Each failure past the free ones doubles
 * the wait. In memory and bounded: what was longest untouched is forgotten first.
 */
export class LoginLimits {
  readonly #tries = new Map<string, Tries>();
  readonly #now: () => number;
  readonly #most: number;

  /**
   * Nobody has tried yet.
   *
   * @param options `now`: milliseconds of a clock that nobody sets, as `performance.now` gives them; `most`: how many tries
   *   are remembered
   */
  constructor({ now = () => performance.now(), most = 10_000 }: { now?: () => number; most?: number } = {}) {
    this.#now = now;
    this.#most = most;
  }

  /** Seconds to wait before this try may be made; 0 when it may be made now, and then it counts as failed. */
  begin(username: string, address: string): number {
    const keys = keysOf(username, address);
    const now = this.#now();
    const wait = Math.max(...keys.map(({ key }) => (this.#tries.get(key)?.notBefore ?? 0) - now));
    if (wait > 0) return Math.ceil(wait / 1000);
    for (const { key, free } of keys) {
      const failures = (this.#tries.get(key)?.failures ?? 0) + 1;
      const seconds = failures < free ? 0 : Math.min(300, 2 ** (failures - free + 1));
      this.#tries.delete(key);
      this.#tries.set(key, { failures, notBefore: now + seconds * 1000 });
    }
    while (this.#tries.size > this.#most) this.#tries.delete(this.#tries.keys().next().value!);
    return 0;
  }

  /** The try succeeded: this name at this address starts afresh, the address and its network get their try back. */
  succeeded(username: string, address: string): void {
    const [own, ...shared] = keysOf(username, address);
    this.#tries.delete(own.key);
    for (const { key } of shared) {
      const tries = this.#tries.get(key);
      if (!tries) continue;
      if (tries.failures <= 1) this.#tries.delete(key);
      else this.#tries.set(key, { failures: tries.failures - 1, notBefore: 0 });
    }
  }
}

interface Counted {
  key: string;
  /** Failures before one has to wait. */
  free: number;
}

function keysOf(username: string, address: string): [own: Counted, ...shared: Counted[]] {
  const network = networkOf(address);
  return [
    { key: `name ${username.slice(0, 100).toLowerCase()} ${address}`, free: 5 },
    { key: `address ${address}`, free: 50 },
    ...(network === undefined ? [] : [{ key: `network ${network}`, free: 200 }]),
  ];
}
