import type { Config } from "../settings/config.ts";
import type { BackupOptions } from "./backup.ts";
import type { S3Access } from "./target.ts";

/** The settings of backups. */
export type BackupSettings =
  & Pick<Config, "backupFolder">
  & Partial<
    Pick<
      Config,
      | "backupPassphrase"
      | "backupS3Endpoint"
      | "backupS3Region"
      | "backupS3Access"
      | "backupS3Secret"
      | "backupSnapshots"
      | "backupForget"
    >
  >;

/** What of the settings a backup needs, beside where it goes. */
export function backupOptions(settings: BackupSettings): Pick<
  BackupOptions,
  "passphrase" | "s3" | "snapshots" | "prune"
> {
  const s3 = s3Access(settings);
  const { backupPassphrase: passphrase, backupSnapshots: snapshots } = settings;
  return { ...(passphrase && { passphrase }), ...(s3 && { s3 }), snapshots, prune: settings.backupForget === "on" };
}

/** How to get into a bucket; undefined where something of it is not set. */
export function s3Access(settings: BackupSettings): S3Access | undefined {
  const { backupS3Endpoint: endpoint, backupS3Region: region = "us-east-1" } = settings;
  const { backupS3Access: accessKeyId, backupS3Secret: secretAccessKey } = settings;
  return endpoint && accessKeyId && secretAccessKey ? { endpoint, region, accessKeyId, secretAccessKey } : undefined;
}
