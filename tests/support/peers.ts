import { environmentForBox } from "./environment.ts";
import { Buffer } from "node:buffer";

/**
 * The programs of others that the tests talk to, by the Debian package that brings each. A test names the ones it
 * needs; where one is missing and cannot be installed, the test is reported as ignored, and CI fails on that.
 */
export const PEERS = {
  echoscu: "dcmtk",
  findscu: "dcmtk",
  storescu: "dcmtk",
  storescp: "dcmtk",
  wlmscpfs: "dcmtk",
  dcmconv: "dcmtk",
  dcmdump: "dcmtk",
  dcmdjpeg: "dcmtk",
  dcmdrle: "dcmtk",
  dump2dcm: "dcmtk",
  dcm2pnm: "dcmtk",
  dsrdump: "dcmtk",
  gdcmconv: "libgdcm-tools",
  gdcmscu: "libgdcm-tools",
  gdcmraw: "libgdcm-tools",
  dciodvfy: "dicom3tools",
  Orthanc: "orthanc",
  "libOrthancDicomWeb.so": "orthanc-dicomweb",
  chromium: "chromium-headless-shell",
  openssl: "openssl",
  strace: "strace",
  "ssh-keygen": "openssh-client",
  iconv: "libc-bin",
  getscu: "dcmtk",
  movescu: "dcmtk",
  pdftotext: "poppler-utils",
  postgres: "postgresql",
  pgbouncer: "pgbouncer",
  bindfs: "bindfs",
  "systemd-analyze": "systemd",
  ip: "iproute2",
  nft: "nftables",
  xkbcli: "libxkbcommon-tools",
  wpa_supplicant: "wpasupplicant",
  "avahi-daemon": "avahi-daemon",
  "avahi-browse": "avahi-utils",
  "dbus-daemon": "dbus-daemon",
  mmdebstrap: "mmdebstrap",
  mksquashfs: "squashfs-tools",
  genimage: "genimage",
  sfdisk: "fdisk",
  mcopy: "mtools",
  "mkfs.vfat": "dosfstools",
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  lintian: "lintian",
  smartctl: "smartmontools",
  ippeveprinter: "cups-ipp-utils",
  pdftoppm: "poppler-utils",
  rastertopdf: "cups-filters-core-drivers",
  script: "bsdutils",
} as const;

/** What a program's file is called, where it is not what the tests call it. */
const FILES: Record<string, string> = { chromium: "chromium-headless-shell" };

/** Where Debian puts Orthanc's plugins. */
export const PLUGINS = "/usr/share/orthanc/plugins";
/** Where Debian puts the filters of CUPS. */
export const CUPS_FILTERS = "/usr/lib/cups/filter";
/** What the tests of the appliance's image need beside those: they are too long for every run. */
export const IMAGE_PEERS = {
  rauc: "rauc",
  socat: "socat",
  "systemd-nspawn": "systemd-container",
  radosgw: "radosgw",
  "ceph-mon": "ceph-mon",
  "ceph-osd": "ceph-osd",
  sgdisk: "gdisk",
  e2fsck: "e2fsprogs",
  debugfs: "e2fsprogs",
  "qemu-system-aarch64": "qemu-system-arm",
  "qemu-aarch64-static": "qemu-user-static",
} as const;

export type Peer = keyof typeof PEERS;

/** Letters the pages need: without them a browser draws boxes, and a screenshot proves nothing. By Debian package. */
export const FONTS = {
  "/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf": "fonts-noto-core",
} as const;

/** What a PC starts with, and who signs Debian's archive, for the tests of the appliance's image. By Debian package. */
export const FIRMWARE = {
  "/usr/share/OVMF/OVMF_CODE_4M.fd": "ovmf",
  "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd": "ovmf",
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
} as const;

/** What a clinic's program stands on, for the tests of its migrations. By Debian package. */
export const PYTHON = {
  "/usr/lib/python3/dist-packages/flask_migrate/__init__.py": "python3-flask-migrate",
  "/usr/lib/python3/dist-packages/psycopg2/__init__.py": "python3-psycopg2",
} as const;

/** GDCM's classes, where its program does less than they. By Debian package. */
export const GDCM_PYTHON = {
  "/usr/lib/python3/dist-packages/gdcm.py": "python3-gdcm",
} as const;

/** Whether a program is on this machine. */
export function hasProgram(name: string): boolean {
  const folders = [
    ...(Deno.env.get("PATH") ?? "").split(":"),
    ...["/usr/sbin", "/usr/bin", PLUGINS, CUPS_FILTERS],
    ...postgresFolders(),
  ];
  return folders.some((folder) => isFile(`${folder}/${FILES[name] ?? name}`));
}

/** Whether there is a file of that name. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** Debian keeps several versions of PostgreSQL beside each other, out of the way. */
function postgresFolders(): string[] {
  try {
    return [...Deno.readDirSync("/usr/lib/postgresql")].map(({ name }) => `/usr/lib/postgresql/${name}/bin`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A test that needs programs of others. */
export function peerTest(
  name: string,
  peers: readonly Peer[],
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  Deno.test({ name, ignore: peers.some((peer) => !hasProgram(peer)), fn });
}

/** Runs a program to its end, with what it printed on both streams in one text. */
export async function run(
  command: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<{ code: number; text: string }> {
  // DCMTK and Orthanc otherwise wait 40 ms an operation for Nagle's algorithm
  const env = { ...environmentForBox(), TCP_NODELAY: "1", ...options.env };
  const { code, stdout, stderr } = await new Deno.Command(command, { args, cwd: options.cwd, clearEnv: true, env })
    .output();
  // each byte as the character of the same number, since what peers print is in any character set
  return { code, text: Buffer.concat([stdout, stderr]).toString("latin1") };
}

/** What a program printed, read as UTF-8. */
export function utf8(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}
