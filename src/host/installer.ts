/** A disk inside the computer, on which the box may be installed. */
export interface InnerDisk {
  /** By which it is chosen: the kernel's name and a number that no other disk has had since the start. */
  id: string;
  /** What its maker calls it, or the kernel's name. */
  name: string;
  /** Bytes. */
  size: number;
  /** What is on it and would be lost: names of its file systems, or their kinds. */
  holds: string[];
}

/** How an installation stands. */
export interface InstallState {
  /** `none`: the box runs from a disk inside the computer, or there is none to install it on. */
  state: "none" | "possible" | "installing" | "done" | "failed";
  /** How much is done. */
  percent: number;
  /** Why it failed; "" where it has not. */
  why: "" | "gone" | "read" | "write" | "read-again";
  /** Empty where the state is `none`. */
  disks: InnerDisk[];
}

/** One disk or partition as `lsblk --json` has it. */
interface Listed {
  name: string;
  size: number;
  model: string | null;
  fstype: string | null;
  label: string | null;
  children?: Listed[];
}

/**
 * The disks of a list that the image has made.
 *
 * @param json the kernel's number of each disk by its name, and what `lsblk --json --bytes` prints of NAME, SIZE, MODEL,
 * FSTYPE and LABEL
 */
export function innerDisks(json: string): InnerDisk[] {
  const { sequences, listed } = JSON.parse(json) as {
    sequences: Record<string, number>;
    listed: { blockdevices: Listed[] };
  };
  return listed.blockdevices.map((disk) => ({
    id: `${disk.name}:${sequences[disk.name]}`,
    name: disk.model?.trim() || disk.name,
    size: disk.size,
    holds: fileSystemsOf(disk),
  }));
}

function fileSystemsOf({ label, fstype, children = [] }: Listed): string[] {
  const own = label || fstype;
  return [...(own ? [own] : []), ...children.flatMap(fileSystemsOf)];
}
