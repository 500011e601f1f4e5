/** A computer the image is made for. */
export interface Board {
  /** Debian's name of the processor. */
  architecture: string;
  /** Deno's name of it. */
  target: string;
  /** What its firmware and boot loader read: paths in the root file system, or files beside this one. */
  bootFiles: readonly string[];
}

export const BOARDS: Readonly<Record<string, Board>> = {
  pc: {
    architecture: "amd64",
    target: "x86_64-unknown-linux-gnu",
    bootFiles: [
      "/usr/lib/systemd/boot/efi/systemd-bootx64.efi",
      "/boot/vmlinuz",
      "/boot/initrd.img",
      "/usr/lib/sonodesk/loader-entry.conf",
      "loader.conf",
    ],
  },
};
