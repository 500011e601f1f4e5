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

/** The places that the nightly backup goes to, in the order in which they are set: with a comma between them. */
export function backupFolders({ backupFolder }: Pick<BackupSettings, "backupFolder">): string[] {
  return [...new Set((backupFolder ?? "").split(",").map((one) => one.trim()).filter((one) => one !== ""))];
}

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
