import assert from "node:assert/strict";
import { driveOf, drivesIn } from "../../src/host/drives.ts";

/** As `smartctl --json` 7.3 writes a hard disk with a few replaced sectors: of an attribute's raw value, what counts. */
const HARD_DISK = {
  smartctl: { version: [7, 3], exit_status: 0 },
  device: { name: "/dev/sda", info_name: "/dev/sda [SAT]", type: "sat", protocol: "ATA" },
  model_name: "Hitachi HDS721010CLA332",
  serial_number: "JP2940J80C0123",
  user_capacity: { blocks: 1953525168, bytes: 1000204886016 },
  rotation_rate: 7200,
  smart_support: { available: true, enabled: true },
  smart_status: { passed: true },
  ata_smart_attributes: {
    table: [
      attribute(5, "Reallocated_Sector_Ct", 100, "3 (0 17)", 1114115),
      attribute(9, "Power_On_Hours", 85, "109245", 109245),
      attribute(194, "Temperature_Celsius", 214, "28 (Min/Max 20/49)", 210454708252),
      attribute(197, "Current_Pending_Sector", 100, "8", 8),
    ],
  },
  power_on_time: { hours: 109245 },
  temperature: { current: 28 },
};

/** And an NVMe one that has lost something: its own verdict is still good. */
const NVME = {
  device: { name: "/dev/nvme0n1", info_name: "/dev/nvme0n1", type: "nvme", protocol: "NVMe" },
  model_name: "Samsung SSD 970 EVO 500GB",
  user_capacity: { blocks: 976773168, bytes: 500107862016 },
  smart_status: { passed: true, nvme: { value: 0 } },
  nvme_smart_health_information_log: {
    critical_warning: 0,
    temperature: 35,
    available_spare: 99,
    available_spare_threshold: 10,
    percentage_used: 3,
    power_on_hours: 12798,
    media_errors: 7,
  },
  temperature: { current: 35 },
  power_on_time: { hours: 12798 },
};

function attribute(id: number, name: string, value: number, string: string, raw: number) {
  return { id, name, value, worst: value, thresh: 0, when_failed: "", raw: { value: raw, string } };
}

Deno.test("Disks: what SMART tells of a hard disk and of an NVMe disk is read", () => {
  assert.deepEqual(driveOf("sda", { use: "box", size: 1 }, HARD_DISK), {
    ...{ device: "sda", use: "box", name: "", model: "Hitachi HDS721010CLA332", serial: "JP2940J80C0123" },
    ...{ kind: "hard-disk", size: 1000204886016, tells: true, hours: 109245, temperature: 28 },
    ...{ reallocated: 3, pending: 8, troubles: [] },
  });
  const nvme = driveOf("nvme0n1", { use: "box" }, NVME);
  assert.deepEqual(nvme, {
    ...{ device: "nvme0n1", use: "box", name: "", model: "Samsung SSD 970 EVO 500GB", serial: "", kind: "nvme" },
    ...{ size: 500107862016, tells: true, hours: 12798, lifeUsed: 3, temperature: 35, mediaErrors: 7, troubles: [] },
  });
});

Deno.test("Disks: an NVMe disk's critical warnings are told apart: one that is hot does not fail", () => {
  const troubles = (critical_warning: number, more: object = {}) =>
    driveOf("nvme0n1", {}, {
      ...NVME,
      smart_status: { passed: critical_warning === 0 },
      nvme_smart_health_information_log: {
        ...NVME.nvme_smart_health_information_log,
        critical_warning,
        ...more,
      },
    }).troubles;
  assert.deepEqual(troubles(0x01), ["spare-low"]);
  assert.deepEqual(troubles(0x02), ["hot"]);
  assert.deepEqual(troubles(0x04), ["will-fail"]);
  assert.deepEqual(troubles(0x08), ["read-only"]);
  assert.deepEqual(troubles(0x10), ["will-fail"]);
  assert.deepEqual(troubles(0x20), [], "of a memory region that this box does not use");
  assert.deepEqual(troubles(0, { available_spare: 9 }), ["spare-low"]);
  assert.deepEqual(troubles(0, { available_spare: 10 }), []);
});

Deno.test("Disks: how much of its life an SSD has used, wherever it says so", () => {
  const used = (smart: object) => driveOf("sda", {}, { rotation_rate: 0, ...smart }).lifeUsed;
  const table = (...attributes: object[]) => ({ ata_smart_attributes: { table: attributes } });
  assert.equal(used(table(attribute(233, "Media_Wearout_Indicator", 15, "0", 0))), 85);
  assert.equal(used(table(attribute(177, "Wear_Leveling_Count", 91, "1661", 1661))), 9);
  assert.equal(used(table(attribute(202, "Percent_Lifetime_Remain", 99, "1", 1))), 1);
  assert.equal(used(table(attribute(231, "SSD_Life_Left", 98, "98", 98))), 2);
  assert.equal(used(table(attribute(231, "Temperature_Celsius", 31, "31", 31))), undefined, "the same id elsewhere");
  const both = { ...table(attribute(177, "Wear_Leveling_Count", 91, "1", 1)), endurance_used: { current_percent: 12 } };
  assert.equal(used(both), 12, "what its standard says comes first");
  assert.equal(driveOf("sda", {}, { rotation_rate: 0 }).kind, "ssd");
});

Deno.test("Disks: an eMMC's steps of ten percent and its reserve; an SD card and a virtual disk tell nothing", () => {
  const emmc = (lifeTime: string, preEol: string) => {
    const { lifeUsed, troubles, tells } = driveOf("mmcblk0", { kind: "MMC", lifeTime, preEol }, {});
    return { lifeUsed, troubles, tells };
  };
  assert.deepEqual(emmc("0x01 0x01", "0x01"), { lifeUsed: 0, troubles: [], tells: true });
  assert.deepEqual(emmc("0x02 0x09", "0x02"), { lifeUsed: 80, troubles: ["reserve-low"], tells: true });
  assert.deepEqual(emmc("0x0b 0x01", "0x03"), { lifeUsed: 100, troubles: ["reserve-used-up"], tells: true });
  assert.deepEqual(emmc("0x00 0x00", "0x00"), { lifeUsed: undefined, troubles: [], tells: false });
  assert.deepEqual(emmc("", ""), { lifeUsed: undefined, troubles: [], tells: false });
  const card = driveOf("mmcblk0", { use: "box", kind: "SD", model: "SC32G", size: 31914983424 }, {});
  assert.deepEqual([card.kind, card.tells, card.size], ["sd", false, 31914983424]);
  const silent = { smartctl: { messages: [{ string: "Unable to detect device type" }], exit_status: 1 } };
  const virtual = driveOf("vda", { use: "box", kind: "" }, silent);
  assert.deepEqual([virtual.kind, virtual.tells, virtual.troubles], ["disk", false, []]);
});

Deno.test("Disks: what SMART says will fail is said; what is no answer says nothing and throws nothing", () => {
  assert.deepEqual(driveOf("sda", {}, { ...HARD_DISK, smart_status: { passed: false } }).troubles, ["will-fail"]);
  const rubbish = {
    user_capacity: 7,
    ata_smart_attributes: { table: [3, null, { id: 5, raw: "x" }] },
    smart_status: [],
  };
  assert.equal(driveOf("sda", { size: "much" }, rubbish).tells, false);

  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-drives-" });
  try {
    assert.deepEqual(drivesIn(`${folder}/not-there`), []);
    Deno.writeTextFileSync(`${folder}/sda.json`, '{"use":"box","size":512,"model":"A disk"}');
    Deno.writeTextFileSync(`${folder}/sda.smart`, JSON.stringify(HARD_DISK).slice(0, 300)); // cut off
    Deno.writeTextFileSync(`${folder}/sdb.json`, '{"use":"backup","name":"BACKUP-1"}');
    Deno.writeTextFileSync(`${folder}/sdb.smart`, JSON.stringify(HARD_DISK));
    const read = drivesIn(folder).map(({ device, use, name, model, tells }) => [device, use, name, model, tells]);
    assert.deepEqual(read, [
      ["sda", "box", "", "A disk", false],
      ["sdb", "backup", "BACKUP-1", "Hitachi HDS721010CLA332", true],
    ]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
