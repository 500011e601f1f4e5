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
    throw new Error(
      `Cannot use the backup in ${where}: it is not known how to get in, set SONODESK_BACKUP_S3_ENDPOINT, ` +
        `SONODESK_BACKUP_S3_ACCESS and SONODESK_BACKUP_S3_SECRET`,
    );
  }
  const { S3Target } = await import("./s3_target.ts"); // loaded only where it is needed
  return new S3Target(where, s3);
}
