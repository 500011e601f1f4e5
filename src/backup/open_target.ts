import { Refused, say } from "../sentences.ts";
import { FolderTarget } from "./folder_target.ts";
import { isBucket, type S3Access, type Target } from "./target.ts";

/**
 * The target with this name.
 *
 * @throws Error when it is a bucket and nothing says how to get in
 */
export async function openTarget(where: string, s3: S3Access | undefined): Promise<Target> {
  if (!isBucket(where)) {
    return new FolderTarget(where);
  }
  if (s3 === undefined) {
    throw new Refused(
      say("backup-no-access", { place: where }),
    );
  }
  const { S3Target } = await import("./s3_target.ts"); // loaded only where it is needed
  return new S3Target(where, s3);
}
