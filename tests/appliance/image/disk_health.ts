import assert from "node:assert/strict";
import type { Drive } from "../../../src/host/drives.ts";
import { plainImage } from "./images.ts";
import { PATIENCE, setUp } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

/** What smartctl in the image reads of each: QEMU's disks tell less than real ones. */
const TOLD = {
  nvme: { device: "nvme0n1", kind: "nvme", model: "QEMU NVMe Ctrl", serial: "SD0001", lifeUsed: 0 },
  sata: { device: "sda", kind: "ssd|hard-disk|disk", model: "QEMU HARDDISK", serial: "SD0002", lifeUsed: undefined },
} as const;

for (const [diskIs, expected] of Object.entries(TOLD)) {
  Deno.test(`The box's disk is asked how it is, and health says it: ${diskIs}`, async () => {
    const computer = await VirtualComputer.make({
      image: await plainImage(),
      diskIs: diskIs as keyof typeof TOLD,
    });
    try {
      computer.start();
      const call = await setUp(computer);
      const end = performance.now() + PATIENCE * 1000;
      let drives: Drive[] = [];
      while (drives.length === 0 && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        drives = (await (await call("GET", "/api/computer")).json()).drives;
      }
      console.log(drives);
      const [own, ...others] = drives;
      assert.deepEqual(others, []);
      const { device, kind, model, serial, lifeUsed } = own!;
      assert.deepEqual({ device, model, serial, lifeUsed }, {
        ...{ device: expected.device, model: expected.model, serial: expected.serial, lifeUsed: expected.lifeUsed },
      });
      assert.match(kind, new RegExp(`^(${expected.kind})$`));
      assert.equal(own!.tells, true);
      assert.deepEqual(own!.troubles, []);
      const { checks } = await (await call("GET", "/healthz")).json();
      const found = checks.find(({ name }: { name: string }) => name === "drives");
      assert.deepEqual([found.status, found.coded.code], ["ok", "drive-sound"]);
    } catch (error) {
      console.log(computer.printed.slice(-5000));
      throw error;
    } finally {
      await computer.end();
      await computer.remove();
    }
  });
}
