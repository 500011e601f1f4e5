/** Every setting of the box: environment over stored settings over defaults. Nothing else reads the environment. */

import { Refused, say, type Sentence } from "../sentences.ts";
import {
  aeTitle,
  atOnce,
  atRestart,
  bytes,
  choice,
  country,
  ipAddresses,
  line,
  mailAddresses,
  optionalPort,
  optionalText,
  optionalWhole,
  origins,
  port,
  seconds,
  type Setting,
  text,
  timeZone,
  webAddress,
  webhookSecret,
  whole,
} from "./kinds.ts";
import { ADMISSIONS, ELSEWHERE } from "../store/machine_origins.ts";

/** Every setting, by its key in `Config`. */
export const SETTINGS = {
  data: text("SONODESK_DATA", "./data", "Folder of the store and the images"),
  name: atOnce(line("SONODESK_NAME", "Sonodesk", "Name of the clinic, on every page")),
  timeZone: atOnce(timeZone("SONODESK_TIME_ZONE", "Time zone of the clinic, such as Asia/Kolkata")),
  country: atOnce(
    country("SONODESK_COUNTRY", "Country of the clinic, such as IN, where what tells a fetus's sex is held back"),
  ),
  language: atOnce(
    choice("SONODESK_LANGUAGE", ["", "en", "hi"] as const, "", "Language of the pages; the browser's when empty"),
  ),
  lockSeconds: atOnce(
    seconds("SONODESK_LOCK_SECONDS", 60, "Seconds without a touch until the page locks; 0 for never"),
  ),
  waitSound: atOnce(
    choice(
      "SONODESK_WAIT_SOUND",
      ["off", "on"] as const,
      "off",
      "A quiet tone at the desk, once, for whoever waits longer than they should",
    ),
  ),
  host: optionalText("SONODESK_HOST", "Address to listen on; all when empty"),
  webPort: port("SONODESK_WEB_PORT", 5000, "Port of the kiosk and settings pages"),
  https: atRestart(
    choice("SONODESK_HTTPS", ["off", "on"] as const, "on", "HTTPS for other computers, on the same port"),
  ),
  httpsPort: atRestart(optionalPort("SONODESK_HTTPS_PORT", "A further port for HTTPS alone; none when empty")),
  pinUnlock: atOnce(
    choice("SONODESK_PIN_UNLOCK", ["kiosk", "anywhere"] as const, "kiosk", "Where a PIN opens a locked page"),
  ),
  worklistPort: atRestart(port("SONODESK_WORKLIST_PORT", 11112, "Port on which machines ask for the worklist")),
  storagePort: atRestart(port("SONODESK_STORAGE_PORT", 11113, "Port on which machines send images")),
  dicomTls: atRestart(
    choice(
      "SONODESK_DICOM_TLS",
      ["off", "on", "certified"] as const,
      "off",
      "DICOM over TLS, of any or certified peers",
    ),
  ),
  dicomTlsPort: atRestart(port("SONODESK_DICOM_TLS_PORT", 2762, "Port of every DICOM service over TLS")),
  dicomTlsKey: optionalText("SONODESK_DICOM_TLS_KEY", "File of the key for DICOM over TLS; the box's own when empty"),
  dicomTlsCertificate: optionalText("SONODESK_DICOM_TLS_CERTIFICATE", "File of the certificate that goes with the key"),
  dicomTlsAuthorities: optionalText(
    "SONODESK_DICOM_TLS_AUTHORITIES",
    "File of the certificates of the authorities that certify peers and destinations",
  ),
  dicomWebOrigins: atOnce(
    origins(
      "SONODESK_DICOMWEB_ORIGINS",
      "Web viewers on other hosts that may use DICOMweb, such as https://viewer.local",
    ),
  ),
  ohif: text(
    "SONODESK_OHIF",
    "/usr/share/sonodesk/ohif",
    "Folder of the OHIF viewer, as `deno task ohif` makes it; it is offered where it is there",
  ),
  trustedProxies: ipAddresses(
    "SONODESK_TRUSTED_PROXY",
    "IP address of a proxy before the box, whose Forwarded or X-Forwarded-For, -Proto and -Host count",
  ),
  aeTitle: atRestart(aeTitle("SONODESK_AE_TITLE", "STORESCP", "AE title of the box")),
  adminUsername: optionalText("SONODESK_ADMIN_USERNAME", "Name of the first admin, made where there is none"),
  adminPassword: optionalText("SONODESK_ADMIN_PASSWORD", "Password of the first admin"),
  admission: atOnce(choice("SONODESK_ADMISSION", ADMISSIONS, "pairing", "Which machines may connect")),
  worklistDays: atRestart(
    whole("SONODESK_WORKLIST_DAYS", 7, "Days after sending for which a patient stays on the worklist"),
  ),
  completionMinutes: atRestart(
    whole("SONODESK_COMPLETION_MINUTES", 30, "Minutes after the last image until a scan is completed"),
  ),
  elsewhere: atOnce(
    choice(
      "SONODESK_ELSEWHERE",
      ELSEWHERE,
      "ask",
      "A machine that calls from another address than it was admitted at: ask an admin, or refuse it",
    ),
  ),
  roomDisplay: atOnce(
    choice(
      "SONODESK_ROOM_DISPLAY",
      ["off", "time", "number", "id", "initials"] as const,
      "off",
      "What a room's own screen shows of a patient without a login",
    ),
  ),
  secondAdmin: atOnce(
    choice(
      "SONODESK_SECOND_ADMIN",
      ["off", "on"] as const,
      "off",
      "A second admin confirms what leads data out of the box or lets somebody in",
    ),
  ),
  clinicMarks: atOnce(
    choice(
      "SONODESK_CLINIC_MARKS",
      ["box", "clinic"] as const,
      "box",
      "Who may set mwl_sent in the clinic's database: the box alone, or the clinic's program too, which then sends",
    ),
  ),
  webhook: atOnce(
    webAddress("SONODESK_WEBHOOK", "Address of the clinic's program that is told over HTTP what happened"),
  ),
  webhookSecret: atOnce(webhookSecret("SONODESK_WEBHOOK_SECRET", "Proves to that program that the box tells it")),
  clinicDatabaseUrl: optionalText("SONODESK_CLINIC_DATABASE_URL", "Address of the clinic's Postgres"),
  diskFloor: atRestart(bytes("SONODESK_DISK_FLOOR", undefined, "Room kept free on the disk, in bytes or with K, M, G")),
  retentionDays: atRestart(
    optionalWhole(
      "SONODESK_RETENTION_DAYS",
      "Days after which the files of studies that the clinic's database has are removed; never when empty",
    ),
  ),
  largestObject: bytes("SONODESK_LARGEST_OBJECT", 4 * 1024 ** 3, "Largest object taken from a machine, bytes"),
  associations: atRestart(whole("SONODESK_ASSOCIATIONS", 20, "Associations open at once")),
  associationsPerAddress: whole("SONODESK_ASSOCIATIONS_PER_ADDRESS", 5, "Associations open at once from one address"),
  idleSeconds: whole("SONODESK_IDLE_SECONDS", 600, "Seconds after which a silent association is aborted"),
  backupFolder: atOnce(
    optionalText(
      "SONODESK_BACKUP_FOLDER",
      "Folder for the nightly backup, such as a USB disk's, or s3://bucket/path; several with a comma between; none when empty",
    ),
  ),
  backupPassphrase: atOnce(
    optionalText("SONODESK_BACKUP_PASSPHRASE", "Encrypts backups; without it nobody can restore them"),
  ),
  backupS3Endpoint: atOnce(
    optionalText("SONODESK_BACKUP_S3_ENDPOINT", "Address of the S3-compatible store, such as https://s3.example.com"),
  ),
  backupS3Region: atOnce(text("SONODESK_BACKUP_S3_REGION", "us-east-1", "Region of the S3-compatible store")),
  backupS3Access: atOnce(optionalText("SONODESK_BACKUP_S3_ACCESS", "Id of the access key of the S3-compatible store")),
  backupS3Secret: atOnce(optionalText("SONODESK_BACKUP_S3_SECRET", "Secret of that access key")),
  backupSnapshots: atOnce(whole("SONODESK_BACKUP_SNAPSHOTS", 14, "Copies of the store that a backup keeps")),
  backupForget: atOnce(
    choice(
      "SONODESK_BACKUP_FORGET",
      ["off", "on"] as const,
      "off",
      "Removing images from a backup that none of its copies of the store needs",
    ),
  ),
  alertUrl: atOnce(
    optionalText(
      "SONODESK_ALERT_URL",
      "Address that is told by POST when a part of the box is not well, and when it is again",
    ),
  ),
  alertEmail: atOnce(
    mailAddresses(
      "SONODESK_ALERT_EMAIL",
      "E-mail addresses that are told the same, with a comma between; needs SONODESK_SMTP_HOST",
    ),
  ),
  smtpHost: atOnce(optionalText("SONODESK_SMTP_HOST", "Mail server that sends these, such as smtp.example.com")),
  smtpPort: atOnce(port("SONODESK_SMTP_PORT", 587, "Its port: 587 for STARTTLS, 465 for TLS")),
  smtpSecurity: atOnce(
    choice(
      "SONODESK_SMTP_SECURITY",
      ["starttls", "tls", "none"] as const,
      "starttls",
      "How the connection to it is kept private; with none there is no login",
    ),
  ),
  smtpUsername: atOnce(optionalText("SONODESK_SMTP_USERNAME", "Who sends there; no login when empty")),
  smtpPassword: atOnce(optionalText("SONODESK_SMTP_PASSWORD", "Password of that login")),
  smtpFrom: atOnce(mailAddresses("SONODESK_SMTP_FROM", "Sender of these e-mails; the user name when empty")),
  smtpAuthorities: optionalText(
    "SONODESK_SMTP_AUTHORITIES",
    "File of the certificates of the authorities that certify the mail server; the system's own when empty",
  ),
  updates: optionalText("SONODESK_UPDATES", "Folder where the image of the appliance finds an update to install"),
  updateResult: optionalText("SONODESK_UPDATE_RESULT", "File in which the image says what became of an update"),
  requests: optionalText(
    "SONODESK_HOST_REQUESTS",
    "Folder where the image of the appliance finds what to do to the computer",
  ),
  hostState: optionalText("SONODESK_HOST_STATE", "Folder where the image says how the computer is set"),
  prints: optionalText(
    "SONODESK_PRINTS",
    "Folder into which the box's own screen prints, in the image of the appliance",
  ),
  kernelMessages: optionalText(
    "SONODESK_KERNEL_MESSAGES",
    "File with the kernel's latest messages, where the box may not read them itself",
  ),
  announcement: optionalText(
    "SONODESK_ANNOUNCEMENT",
    "File in which the box says its AE title and ports, for the service that announces them over mDNS",
  ),
  logLevel: choice(
    "SONODESK_LOG",
    ["debug", "info", "warning", "error"] as const,
    "info",
    "Least level that is logged",
  ),
};

/** What a setting is called in the program. */
export type SettingKey = keyof typeof SETTINGS;
/** All settings with the values that hold. */
export type Config = { [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

/**
 * The configuration from the environment, then what `stored` has, then the defaults.
 *
 * @throws Error that names the setting and what it should be
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  stored: (name: string) => string | undefined = () => undefined,
): Config {
  const entries = Object.entries(SETTINGS).map(([key, setting]) => {
    const value = environment[setting.name] || stored(setting.name);
    if (value === undefined || value === "") return [key, setting.default];
    try {
      return [key, setting.parse(value)];
    } catch (error) {
      throw new Refused(whyUnusable(setting.name, value, error));
    }
  });
  return Object.fromEntries(entries) as Config;
}

/** Why a setting cannot have a value, by what reading it threw. A secret is not repeated. */
export function whyUnusable(name: string, value: string, error: unknown): Sentence {
  if (!(error instanceof Refused)) throw error;
  return say("setting-unusable", { name, value: isSecret(name) ? "…" : value, why: error.told });
}

/** Whether a setting's value must not be shown: a secret, or an address that may hold one. */
export function isSecret(name: string): boolean {
  return /PASSWORD|PASSPHRASE|SECRET|TOKEN|KEY|URL/.test(name);
}

/** Every setting with its default, for `--help`. */
export function describeSettings(): string {
  return Object.values(SETTINGS).map((setting) =>
    `  ${setting.name.padEnd(36)}${setting.meaning}${
      setting.default === undefined || setting.default === "" ? "" : ` (${setting.default})`
    }`
  ).join("\n");
}
