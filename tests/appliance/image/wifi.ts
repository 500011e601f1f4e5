import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";

const IMAGE = new URL("../../../appliance/image/root/", import.meta.url).pathname;
const SCRIPT = new URL("./on_the_air", import.meta.url).pathname;
/** A Debian as the image's, with access points beside it. */
const PACKAGES = ["systemd-sysv", "udev", "dbus", "procps", "kmod", "zstd", "initramfs-tools", "linux-image-amd64"]
  .concat("iproute2", "wpasupplicant", "wireless-regdb", "hostapd", "iw", "dnsmasq-base");
const OF_THE_IMAGE = [
  "usr/lib/sonodesk/say-computer",
  "usr/lib/sonodesk/wifi",
  "usr/lib/sonodesk/requests/wifi",
  "usr/lib/systemd/system/sonodesk-wifi.service",
  "usr/lib/udev/rules.d/90-sonodesk-wifi.rules",
  "etc/systemd/network/80-lan.network",
  "etc/systemd/network/80-wifi.network",
];
const UNIT = "[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/usr/local/bin/on_the_air\n";
/** How long it may take, seconds. */
const PATIENCE = 1800;

Deno.test("Wi-Fi on the air of a kernel: WPA2, WPA3 and hidden networks in their order, off while a cable is in", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-wifi-" });
  const root = `${folder}/root`;
  try {
    const make = ["--quiet", "--variant=apt", "--mode=root", `--include=${PACKAGES.join()}`];
    await succeeds("mmdebstrap", [...make, "--aptopt=APT::Install-Recommends false", "trixie", root]);
    for (const path of OF_THE_IMAGE) await succeeds("install", ["-D", `${IMAGE}${path}`, `${root}/${path}`]);
    await succeeds("install", [SCRIPT, `${root}/usr/local/bin/on_the_air`]);
    const units = `${root}/etc/systemd/system`;
    await Deno.writeTextFile(`${units}/on-the-air.service`, UNIT);
    const wanted = `${units}/multi-user.target.wants`;
    await Deno.mkdir(wanted, { recursive: true });
    await succeeds("ln", ["-sf", "../on-the-air.service", "/usr/lib/systemd/system/systemd-networkd.service", wanted]);
    // nor does a login take the line on which it prints
    const masked = ["wpa_supplicant", "hostapd", "systemd-networkd-wait-online", "serial-getty@ttyS0"];
    for (const name of masked) await succeeds("ln", ["-sf", "/dev/null", `${units}/${name}.service`]);
    await succeeds("truncate", ["--size=3G", `${folder}/disk`]);
    await succeeds("mke2fs", ["-q", "-t", "ext4", "-d", root, `${folder}/disk`]);
    const [kernel, ram] = ["vmlinuz-", "initrd.img-"].map((start) =>
      `${root}/boot/${[...Deno.readDirSync(`${root}/boot`)].find(({ name }) => name.startsWith(start))!.name}`
    );
    await succeeds("timeout", [
      ...[String(PATIENCE), "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024"],
      ...["-machine", "q35", "-cpu", "Nehalem", "-kernel", kernel!, "-initrd", ram!],
      ...["-append", "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=0"],
      ...["-drive", `if=virtio,format=raw,file=${folder}/disk`, "-device", "virtio-rng-pci"],
      ...["-netdev", "user,id=lan,restrict=on", "-device", "virtio-net-pci,netdev=lan,romfile="],
      ...["-display", "none", "-serial", `file:${folder}/serial`, "-no-reboot"],
    ]);
    const printed = (await Deno.readTextFile(`${folder}/serial`)).replaceAll("\r", "");
    console.log(printed);
    assert.match(printed, /^the end$/m);
    assert.doesNotMatch(printed, /^NOT /m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function succeeds(command: string, args: string[]): Promise<void> {
  const { code, text } = await run(command, args);
  assert.equal(code, 0, `${command}: ${text}`);
}
