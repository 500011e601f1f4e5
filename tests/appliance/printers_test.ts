import assert from "node:assert/strict";
import { printersIn } from "../../src/printing/found_printers.ts";
import { hasProgram } from "../support/peers.ts";
import { Lan } from "./lan.ts";

const SCRIPTS = new URL("../../appliance/image/root/usr/lib/sonodesk/", import.meta.url).pathname;
const PEERS = ["ip", "avahi-daemon", "avahi-browse", "dbus-daemon"];

Deno.test({
  name: "Printers: the image finds one that announces itself on the network, by the address at which it prints",
  ignore: Deno.uid() !== 0 || !PEERS.every(hasProgram),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-printers-" });
    await using lan = await Lan.make();
    try {
      await lan.plug("printer", "10.77.0.2");
      await lan.plug("box", "10.77.0.3");
      // each with a bus, an avahi and a /run of its own
      const own = (name: string) => {
        Deno.writeTextFileSync(
          `${folder}/${name}.conf`,
          `[server]\nhost-name=${name}\nuse-ipv6=no\nallow-interfaces=lan\n`,
        );
        return [
          "set -e",
          "mount -t tmpfs none /run && mkdir -p /run/avahi-daemon /run/dbus",
          "mount -t tmpfs none /etc/avahi/services",
          "dbus-daemon --system --print-address --nofork --nopidfile >/run/bus &",
          "until [ -s /run/bus ]; do sleep 0.1; done",
          `avahi-daemon -D --no-drop-root --no-chroot -f ${folder}/${name}.conf`,
        ].join("\n");
      };
      await Deno.mkdir(`${folder}/services`);
      await Deno.writeTextFile(
        `${folder}/services/printer.service`,
        `<service-group><name>The desk</name><service><type>_ipp._tcp</type><port>631</port>
        <txt-record>rp=ipp/print</txt-record><txt-record>ty=Sunrise P1</txt-record>
        <txt-record>note=Reception</txt-record></service></service-group>`,
      );
      await Deno.writeTextFile(
        `${folder}/printer.conf`,
        "[server]\nhost-name=printer\nuse-ipv6=no\nallow-interfaces=lan\nenable-dbus=no\n",
      );
      const printer = [
        "mount -t tmpfs none /run && mkdir -p /run/avahi-daemon",
        `mount --bind ${folder}/services /etc/avahi/services`,
        `exec avahi-daemon --no-drop-root --no-chroot -f ${folder}/printer.conf`,
      ].join(" && ");
      await Deno.chmod(folder, 0o755);
      lan.start("printer", "unshare", "-m", "sh", "-c", printer);
      await Deno.writeTextFile(`${folder}/request`, "do=find\n");
      const find = [
        own("box"),
        `SONODESK_RUN=${folder}/run ${SCRIPTS}requests/printers ${folder}/request || true`,
        "avahi-daemon -k",
        "kill $!",
      ].join("\n");
      let found: ReturnType<typeof printersIn> = [];
      let printed = "";
      // until it has announced itself
      for (let tries = 0; tries < 10 && found.length === 0; tries++) {
        printed = (await lan.run("box", "unshare", "-m", "sh", "-c", find)).text;
        found = printersIn(await Deno.readTextFile(`${folder}/run/computer/printers`));
      }
      assert.deepEqual(found, [
        { uri: "ipp://printer.local:631/ipp/print", name: "Sunrise P1", location: "Reception", by: "network" },
      ], printed);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
