import { argon2Verify, bcryptVerify } from "hash-wasm";
import type { PasswordCheck } from "./password.ts";

/** bcrypt looks at no more of a password than this, bytes. */
const BCRYPT_LOOKS_AT = 72;

/** What a dedicated worker has, without the page's types that this project is checked with. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<PasswordCheck>) => void) | null;
  postMessage(fits: boolean): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = async ({ data: { password, stored } }) => {
  const bytes = new TextEncoder().encode(password);
  scope.postMessage(
    stored.startsWith("$2")
      ? await bcryptVerify({ password: bytes.subarray(0, BCRYPT_LOOKS_AT), hash: stored })
      : await argon2Verify({ password: bytes, hash: stored }),
  );
};
