import { FolderPlace } from "./folder_place.ts";
import { isBucket, type Place, type S3Access } from "./target.ts";

/**
 * The place with this name.
 *
 * @throws Error when it is a bucket and nothing says how to get in
 */
export async function placeAt(where: string, s3: S3Access | undefined): Promise<Place> {
  if (!isBucket(where)) {
    return new FolderPlace(where);
  }
  if (s3 === undefined) {
    throw new Error(
      `Cannot use the backup in ${where}: it is not known how to get in, set SONODESK_BACKUP_S3_ENDPOINT, ` +
        `SONODESK_BACKUP_S3_ACCESS and SONODESK_BACKUP_S3_SECRET`,
    );
  }
  const { S3Place } = await import("./s3_place.ts"); // loaded only where it is needed
  return new S3Place(where, s3);
}
