import { toldOf } from "../sentences.ts";
import type { ProofAnswer } from "./proof.ts";
import { verifyBackup, type VerifyBackupOptions } from "./verify.ts";

/** What a dedicated worker has, without the page's types that this project is checked with. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<VerifyBackupOptions>) => void) | null;
  postMessage(answer: ProofAnswer): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = async ({ data }) => {
  try {
    const { files, bytes, damaged, objects } = await verifyBackup(data);
    scope.postMessage({ files, bytes, damaged, objects });
  } catch (error) {
    scope.postMessage({ failed: toldOf(error) });
  }
};
