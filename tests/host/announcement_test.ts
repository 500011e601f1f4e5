import assert from "node:assert/strict";
import { Box } from "../support/box.ts";

Deno.test("What is announced over mDNS are the AE title and the ports that the box has in force", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-announcement-" });
  const announcement = `${folder}/announcement`;
  const says = () =>
    Object.fromEntries(Deno.readTextFileSync(announcement).trim().split("\n").map((l) => l.split("=")));
  try {
    {
      await using box = await Box.start({ announcement, aeTitle: "SCANROOM", host: undefined });
      const { webPort } = box.appliance.ports;
      assert.deepEqual(says(), {
        aeTitle: "SCANROOM",
        worklistPort: box.worklistPort,
        imagesPort: box.storagePort,
        httpPort: String(webPort),
        httpsPort: String(webPort),
      });
    }
    {
      await using box = await Box.start({ announcement, dicomTls: "on" });
      assert.equal(says().tlsPort, String(box.appliance.ports.tlsPort));
    }
    {
      await using box = await Box.start({ announcement, https: "off" });
      assert.equal(says().aeTitle, "STORESCP");
      assert.equal(says().worklistPort, box.worklistPort);
      assert.equal(says().httpsPort, undefined);
    }
    // a folder that cannot be written is no reason not to start
    await using box = await Box.start({ announcement: `${folder}/none/announcement` });
    assert.ok(box.worklistPort);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
