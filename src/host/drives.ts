/** What a disk is, as far as it can be told. `disk`: nobody says, as with a virtual one. */
export type DriveKind = "hard-disk" | "ssd" | "nvme" | "emmc" | "sd" | "disk";

/** What a disk says of itself that somebody should know. */
export type DriveTrouble = "will-fail" | "read-only" | "reserve-used-up" | "spare-low" | "reserve-low" | "hot";

/** A disk of the box's computer, and how it is. */
export interface Drive {
  /** The kernel's name of it: `sda`. */
  device: string;
  /** The box runs from it, or it is plugged in for backups. */
  use: "box" | "backup";
  /** Of a plugged-in one, that of its folder; else empty. */
  name: string;
  /** Its maker's name of it; may be empty. */
  model: string;
  /** Its maker's number of it; may be empty. */
  serial: string;
  /** What it is. */
  kind: DriveKind;
  /** Bytes. */
  size: number;
  /** Whether it tells how it is at all: most SD cards and virtual disks do not. */
  tells: boolean;
  /** It has been on for these. */
  hours?: number;
  /** Percent of what its maker expects it to bear; may be over 100. Of an eMMC the lower end of a step of ten. */
  lifeUsed?: number;
  /** Degrees Celsius. */
  temperature?: number;
  /** Sectors it has replaced by others. */
  reallocated?: number;
  /** Sectors that it could not read, and has not replaced yet. */
  pending?: number;
  /** Times that it could not give what was written. */
  mediaErrors?: number;
  /** What it says itself. */
  troubles: DriveTrouble[];
}

/** A file that is longer is not what the image writes, bytes. */
const LONGEST = 1024 * 1024;

/** The disks of the box's own computer; none where it is not its own. @param hostState where the image says how it is */
export function drivesOf({ hostState }: { hostState: string | undefined }): Drive[] {
  return hostState === undefined ? [] : drivesIn(`${hostState}/drives`);
}

/**
 * The disks as the image has asked them last: in its folder two files each, `sda.json` with what the kernel knows and
 * `sda.smart` with what `smartctl --json` has written.
 *
 * @throws Error of the file system
 */
export function drivesIn(folder: string): Drive[] {
  return namesIn(folder).filter((name) => name.endsWith(".json")).map((file) => {
    const device = file.slice(0, -".json".length);
    return driveOf(device, readJson(`${folder}/${file}`), readJson(`${folder}/${device}.smart`));
  });
}

/**
 * One disk.
 *
 * @param facts what the kernel knows, as the image writes it; empty where that is no JSON object
 * @param smart what smartctl has written; empty where it has not
 */
export function driveOf(device: string, facts: Json, smart: Json): Drive {
  const kind = kindOf(facts, smart);
  const drive: Drive = {
    device,
    use: facts.use === "backup" ? "backup" : "box",
    name: textOf(facts.name),
    model: textOf(smart.model_name) || textOf(smart.scsi_model_name) || textOf(facts.model),
    serial: textOf(smart.serial_number),
    kind,
    size: numberOf(objectOf(smart.user_capacity).bytes) ?? numberOf(facts.size) ?? 0,
    ...(kind === "emmc" ? ofEmmc(facts) : ofSmart(smart)),
    tells: false,
  };
  const { lifeUsed, reallocated, pending, mediaErrors, troubles } = drive;
  const isJudged = typeof objectOf(smart.smart_status).passed === "boolean";
  drive.tells = isJudged || troubles.length > 0 ||
    [lifeUsed, reallocated, pending, mediaErrors].some((value) => value !== undefined);
  return drive;
}

type Json = Readonly<Record<string, unknown>>;

function kindOf(facts: Json, smart: Json): DriveKind {
  if (facts.kind === "MMC") return "emmc";
  if (facts.kind === "SD") return "sd";
  if (objectOf(smart.device).protocol === "NVMe") return "nvme";
  const rotation = numberOf(smart.rotation_rate);
  if (rotation !== undefined) return rotation === 0 ? "ssd" : "hard-disk";
  return "disk";
}

type Told = Pick<
  Drive,
  "hours" | "lifeUsed" | "temperature" | "reallocated" | "pending" | "mediaErrors" | "troubles"
>;

/**
 * DEVICE_LIFE_TIME_EST_TYP_A and _B and PRE_EOL_INFO of the extended CSD (JESD84-B50 7.4): 0x01 to 0x0A are steps of ten
 * percent, 0x0B is more than expected; of the reserved blocks 0x02 says that 80 % are used, 0x03 that 90 % are.
 */
function ofEmmc({ lifeTime, preEol }: Json): Told {
  const steps = textOf(lifeTime).split(" ").map(Number).filter((step) => step >= 0x01 && step <= 0x0b);
  const reserve = Number(textOf(preEol));
  return {
    ...(steps.length > 0 ? { lifeUsed: (Math.max(...steps) - 1) * 10 } : {}),
    troubles: reserve === 0x03 ? ["reserve-used-up"] : reserve === 0x02 ? ["reserve-low"] : [],
  };
}

function ofSmart(smart: Json): Told {
  const nvme = objectOf(smart.nvme_smart_health_information_log);
  const isNvme = Object.keys(nvme).length > 0;
  const attributes = attributesOf(smart);
  const counted = (id: number) => attributes.find((one) => one.id === id)?.count;
  const passed = objectOf(smart.smart_status).passed;
  return withoutUndefined({
    hours: numberOf(objectOf(smart.power_on_time).hours) ?? numberOf(nvme.power_on_hours),
    lifeUsed: lifeUsedOf(smart, nvme, attributes),
    temperature: numberOf(objectOf(smart.temperature).current),
    reallocated: counted(REALLOCATED) ?? numberOf(smart.scsi_grown_defect_list),
    pending: counted(PENDING),
    mediaErrors: numberOf(nvme.media_errors) ?? counted(REPORTED_UNCORRECTABLE),
    troubles: isNvme ? nvmeTroubles(nvme) : passed === false ? ["will-fail" as const] : [],
  });
}

/** SMART attributes by their ids, which makers have agreed on where the standard leaves them open. */
const REALLOCATED = 5;
const REPORTED_UNCORRECTABLE = 187;
const PENDING = 197;

interface Attribute {
  id: number;
  name: string;
  /** From 100 or more down to the threshold. */
  value: number | undefined;
  /** The first number of the raw value, as smartctl reads it: its other bytes are often something else. */
  count: number | undefined;
}

function attributesOf(smart: Json): Attribute[] {
  const table = objectOf(smart.ata_smart_attributes).table;
  return (Array.isArray(table) ? table : []).map(objectOf).map(({ id, name, value, raw }) => {
    const [count] = /^\d+/.exec(textOf(objectOf(raw).string)) ?? [];
    return {
      id: numberOf(id) ?? 0,
      name: textOf(name),
      value: numberOf(value),
      count: count === undefined ? undefined : Number(count),
    };
  });
}

/** Attributes whose value is what is left of an SSD's life in percent: by name, since makers use ids differently. */
const LIFE_LEFT = ["Wear_Leveling_Count", "Media_Wearout_Indicator", "SSD_Life_Left", "Percent_Lifetime_Remain"];

function lifeUsedOf(smart: Json, nvme: Json, attributes: readonly Attribute[]): number | undefined {
  // in one place for all kinds from smartctl 7.4 on
  const told = numberOf(objectOf(smart.endurance_used).current_percent) ?? numberOf(nvme.percentage_used) ??
    numberOf(smart.scsi_percentage_used_endurance_indicator);
  if (told !== undefined) return told;
  const left = attributes.filter(({ name, value }) => LIFE_LEFT.includes(name) && value !== undefined && value <= 100)
    .map(({ value }) => value!);
  return left.length === 0 ? undefined : 100 - Math.min(...left);
}

/** Bits of Critical Warning in the SMART / Health Information log (NVM Express base specification, log page 02h). */
const NVME_WARNINGS: readonly [bit: number, trouble: DriveTrouble][] = [
  [0, "spare-low"],
  [1, "hot"],
  [2, "will-fail"], // its reliability is degraded
  [3, "read-only"],
  [4, "will-fail"], // what it has not written yet would be lost with the power
];

function nvmeTroubles(nvme: Json): DriveTrouble[] {
  const warnings = numberOf(nvme.critical_warning) ?? 0;
  const troubles = NVME_WARNINGS.filter(([bit]) => (warnings >> bit) & 1).map(([, trouble]) => trouble);
  const [spare, least] = [numberOf(nvme.available_spare), numberOf(nvme.available_spare_threshold)];
  if (spare !== undefined && least !== undefined && spare < least) troubles.push("spare-low");
  return [...new Set(troubles)];
}

function withoutUndefined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** What is not there, is cut off or is no object says nothing. */
function readJson(path: string): Json {
  try {
    if (Deno.statSync(path).size > LONGEST) return {};
    return objectOf(JSON.parse(Deno.readTextFileSync(path)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return {};
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
