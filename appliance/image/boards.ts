/** A computer the image is made for. */
export interface Board {
  /** Debian's name of the processor. */
  architecture: string;
  /** Deno's name of it. */
  target: string;
  /** Folders beside this file with what is in its image alone, a later one over an earlier. */
  parts: readonly string[];
  /** Its kernel is a later one than Debian 13's: that of its backports. */
  needsLaterKernel: boolean;
  /** What its firmware and boot loader read: paths in the root file system, or files beside this one. */
  bootFiles: readonly string[];
  /** Folders that Debian's packages for it want to find while they are installed; what is put there is not kept. */
  folders: readonly string[];
  /** Debian's packages whose files alone are needed: installed they would bring a boot loader of their own. */
  filesOnlyOf: readonly string[];
  /** What describes the computer to the kernel, below the kernel's own folder of them. */
  deviceTrees: readonly string[];
}

export const BOARDS: Readonly<Record<string, Board>> = {
  pc: {
    architecture: "amd64",
    target: "x86_64-unknown-linux-gnu",
    parts: ["pc"],
    needsLaterKernel: false,
    bootFiles: [
      // signed by Microsoft, Debian and Debian: Secure Boot may be on
      "/usr/lib/shim/shimx64.efi.signed",
      "/usr/lib/systemd/boot/efi/systemd-bootx64.efi.signed",
      "/boot/vmlinuz",
      "/boot/initrd.img",
      "/usr/lib/sonodesk/loader-entry.conf",
      "loader.conf",
    ],
    folders: [],
    filesOnlyOf: ["shim-signed"],
    deviceTrees: [],
  },
  // the Pi 4 and 400
  pi: {
    architecture: "arm64",
    target: "aarch64-unknown-linux-gnu",
    parts: ["pi"],
    needsLaterKernel: false,
    bootFiles: [
      "/usr/lib/raspi-firmware/start4.elf",
      "/usr/lib/raspi-firmware/fixup4.dat",
      "/usr/lib/sonodesk/config.txt",
      "/usr/lib/sonodesk/cmdline.txt",
      "/boot/vmlinuz",
      "/boot/initrd.img",
      "/boot/bcm2711-rpi-4-b.dtb",
      "/boot/bcm2711-rpi-400.dtb",
    ],
    folders: ["boot/firmware"],
    filesOnlyOf: [],
    deviceTrees: ["broadcom/bcm2711-rpi-4-b.dtb", "broadcom/bcm2711-rpi-400.dtb"],
  },
  // its firmware is on the board; the second device tree is that of its later chip
  pi5: {
    architecture: "arm64",
    target: "aarch64-unknown-linux-gnu",
    parts: ["pi", "pi5"],
    needsLaterKernel: true,
    bootFiles: [
      "/usr/lib/sonodesk/config.txt",
      "/usr/lib/sonodesk/cmdline.txt",
      "/boot/vmlinuz",
      "/boot/initrd.img",
      "/boot/bcm2712-rpi-5-b.dtb",
      "/boot/bcm2712-d-rpi-5-b.dtb",
    ],
    folders: [],
    filesOnlyOf: [],
    deviceTrees: ["broadcom/bcm2712-rpi-5-b.dtb", "broadcom/bcm2712-d-rpi-5-b.dtb"],
  },
};
