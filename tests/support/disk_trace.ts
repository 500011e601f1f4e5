import { Buffer } from "node:buffer";
import { dirname } from "node:path";
import type { Random } from "./random.ts";

/** Something that was done to the files below a folder, as far as it was durable or not at each moment. */
type Change =
  | { kind: "write"; inode: number; at: number; bytes: Uint8Array }
  | { kind: "length"; inode: number; length: number }
  | { kind: "name"; path: string; inode: number; from?: string }
  | { kind: "remove"; path: string }
  | { kind: "folder"; path: string };

/** `begin` and `end` are places in the trace. */
type Step =
  | { step: "change"; begin: number; end: number; change: Change }
  | { step: "sync"; begin: number; end: number; inode?: number; folder?: string }
  | { step: "answer"; begin: number; end: number; to: string; bytes: Uint8Array };

/** A call that may be under way. `path` and `inode` are those of the file that it names by a descriptor. */
interface Begun {
  text: string;
  begin: number;
  socket: string | undefined;
  path: string | undefined;
  inode: number | undefined;
  /** What its descriptor was when it began: another thread may be given the number while a close is under way. */
  open: { at: number; appends: boolean } | undefined;
}

const CALLS = [
  ...["openat", "write", "pwrite64", "writev", "pwritev", "rename", "renameat", "renameat2", "unlink", "unlinkat"],
  ...["mkdir", "mkdirat", "ftruncate", "fsync", "fdatasync", "lseek", "close", "sendto", "sendmsg"],
  // not understood: what uses them below the folder is told
  ...["copy_file_range", "sendfile", "fallocate", "link", "linkat", "symlink", "truncate", "pwritev2"],
];

/** What strace has to be told. */
export function straceArguments(pid: number, file: string): string[] {
  return ["-f", "-qq", "-yy", "-xx", "-s", "10000000", "-e", `trace=${CALLS.join(",")}`, "-o", file, "-p", String(pid)];
}

/**
 * What a program did to the files below a folder, from a trace of its system calls; and what a disk may hold of it when
 * the power fails at some moment: all that was synced before, and any part of the rest.
 */
export class DiskTrace {
  readonly #folder: string;
  readonly #steps: Step[] = [];
  /** Inodes of what was there before, by path. */
  readonly #before = new Map<string, number>();
  readonly #names = new Map<string, number>();
  /** By what names files were known before they got others: strace may read a descriptor's name before or after that. */
  readonly #former = new Map<string, number>();
  readonly #lengths = new Map<number, number>();
  readonly #open = new Map<string, { at: number; appends: boolean }>();
  #inodes = 0;

  /**
   * @param folder the program's
   * @param base a copy of it from before the trace
   * @throws Error for a call that this does not know
   */
  constructor(trace: string, folder: string, base: string) {
    this.#folder = folder;
    for (const path of filesBelow(base)) {
      const inode = this.#newInode();
      this.#before.set(path, inode);
      this.#names.set(path, inode);
      this.#lengths.set(inode, Deno.statSync(`${base}/${path}`).size);
    }
    const begun = new Map<string, Begun>();
    for (const [at, line] of trace.split("\n").entries()) {
      const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
      if (rest.endsWith("<unfinished ...>")) {
        begun.set(thread, this.#begin(rest.slice(0, -"<unfinished ...>".length), at));
        continue;
      }
      const [, resumed] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? [];
      const call = resumed === undefined ? this.#begin(rest, at) : begun.get(thread);
      if (call === undefined) continue; // it began before the trace
      call.text += resumed ?? "";
      const result = /\) += (-?\d+)/.exec(call.text)?.[1];
      if (result !== undefined && Number(result) >= 0) this.#take(call, Number(result), at);
    }
  }

  /** The places in the trace at which the power may fail. */
  get length(): number {
    return this.#steps.at(-1)?.end ?? 0;
  }

  /** How many times something was written, renamed or removed. */
  get changes(): number {
    return this.#steps.filter(({ step }) => step === "change").length;
  }

  /** What was sent to somebody before a moment, in its order. @param port of the program's own end */
  answersBefore(moment: number, port: string): Uint8Array[] {
    return this.#steps.flatMap((step) =>
      step.step === "answer" && step.begin < moment && step.to.includes(`:${port}->`) ? [step.bytes] : []
    );
  }

  /** Makes a folder as the disk may have it. */
  async cut(moment: number, base: string, into: string, random: Random): Promise<void> {
    const kept = [0, 0.5, 1][random.below(3)]!;
    const syncs = this.#steps.filter((step) => step.step === "sync" && step.end < moment);
    const isSynced = (end: number, what: { inode?: number; folder?: string }) =>
      syncs.some((sync) =>
        sync.step === "sync" && sync.begin > end &&
        (what.inode === undefined ? sync.folder === what.folder : sync.inode === what.inode)
      );
    /** Of each folder's names the disk has those up to some moment. */
    const lostIn = new Set<string>();
    const contents = new Map<number, Uint8Array>();
    for (const [path, inode] of this.#before) contents.set(inode, Deno.readFileSync(`${base}/${path}`));
    const names = new Map(this.#before);
    const folders: string[] = [];
    for (const step of this.#steps) {
      if (step.step !== "change" || step.begin >= moment) continue;
      const { change, end } = step;
      if (change.kind === "write" || change.kind === "length") {
        if (!isSynced(end, { inode: change.inode }) && !random.chance(kept)) continue;
        contents.set(change.inode, applied(contents.get(change.inode) ?? new Uint8Array(0), change));
        continue;
      }
      const folder = dirname(change.path);
      if (!isSynced(end, { folder })) {
        if (!random.chance(kept)) lostIn.add(folder);
        if (lostIn.has(folder)) continue;
      }
      if (change.kind === "folder") folders.push(change.path);
      else if (change.kind === "remove") names.delete(change.path);
      else {
        if (change.from !== undefined && names.get(change.from) === change.inode) names.delete(change.from);
        names.set(change.path, change.inode);
      }
    }
    for (const folder of [...new Set([...foldersBelow(base), ...folders])]) {
      // what is in a folder that the disk has not is lost with it
      if (dirname(folder) === "." || isThere(`${into}/${dirname(folder)}`)) {
        await Deno.mkdir(`${into}/${folder}`, { recursive: true });
      }
    }
    for (const [path, inode] of names) {
      if (!isThere(dirname(`${into}/${path}`))) continue;
      await Deno.writeFile(`${into}/${path}`, contents.get(inode) ?? new Uint8Array(0));
    }
  }

  /** A file may get another name while a call with it is under way: it is the one that it was at the beginning. */
  #begin(text: string, begin: number): Begun {
    const socket = /^\w+\(\d+<(TCP[^\]]*\])>/.exec(text)?.[1];
    const path = socket === undefined ? this.#below(textOf(/^\w+\(\d+<([^>]*)>/.exec(text)?.[1] ?? "")) : undefined;
    const open = this.#open.get(/^\w+\((\d+)</.exec(text)?.[1] ?? "");
    return { text, begin, socket, path, inode: this.#inodeOf(path), open };
  }

  #inodeOf(path: string | undefined): number | undefined {
    return path === undefined ? undefined : this.#names.get(path) ?? this.#former.get(path);
  }

  #take(
    { text: call, begin, socket, path, inode: ofDescriptor, open: openThen }: Begun,
    result: number,
    end: number,
  ): void {
    const name = /^(\w+)\(/.exec(call)![1]!;
    const descriptor = /^\w+\((\d+)</.exec(call)?.[1] ?? "";
    const change = (one: Change) => this.#steps.push({ step: "change", begin, end, change: one });
    if (socket !== undefined) {
      this.#steps.push({ step: "answer", begin, end, to: socket, bytes: Buffer.concat(bytesIn(call)) });
      return;
    }
    const strings = [...call.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => this.#below(textOf(hex!)));
    switch (name) {
      case "openat": {
        const opened = strings[0];
        if (opened === undefined) return;
        const inode = this.#names.get(opened);
        this.#open.set(String(result), { at: 0, appends: call.includes("O_APPEND") });
        if (inode === undefined && call.includes("O_CREAT")) {
          const made = this.#newInode();
          this.#names.set(opened, made);
          change({ kind: "name", path: opened, inode: made });
        } else if (inode !== undefined && call.includes("O_TRUNC")) {
          this.#lengths.set(inode, 0);
          change({ kind: "length", inode, length: 0 });
        }
        return;
      }
      case "close":
        if (this.#open.get(descriptor) === openThen) this.#open.delete(descriptor);
        return;
      case "lseek": {
        const open = this.#open.get(descriptor);
        if (open !== undefined) open.at = result;
        return;
      }
      case "write":
      case "writev":
      case "pwrite64":
      case "pwritev": {
        const inode = ofDescriptor;
        if (inode === undefined) return;
        const bytes = Buffer.concat(bytesIn(call)).subarray(0, result);
        const length = this.#lengths.get(inode) ?? 0;
        const open = this.#open.get(descriptor) ?? { at: length, appends: true };
        const isPlaced = name.startsWith("p");
        const at = isPlaced ? Number(/, (\d+) *\) += /.exec(call)![1]) : open.appends ? length : open.at;
        if (!isPlaced) open.at = at + bytes.length;
        this.#lengths.set(inode, Math.max(length, at + bytes.length));
        change({ kind: "write", inode, at, bytes });
        return;
      }
      case "ftruncate": {
        const inode = ofDescriptor;
        if (inode === undefined) return;
        const length = Number(/, (\d+) *\) += /.exec(call)![1]);
        this.#lengths.set(inode, length);
        change({ kind: "length", inode, length });
        return;
      }
      case "rename":
      case "renameat":
      case "renameat2": {
        const [from, to] = strings;
        const inode = from === undefined ? undefined : this.#names.get(from);
        if (from === undefined && to === undefined) return;
        if (from === undefined || to === undefined || inode === undefined) {
          throw new Error(`Cannot follow what the disk has: not a file within the folder is renamed, ${from} to ${to}`);
        }
        this.#names.delete(from);
        this.#former.set(from, inode);
        this.#names.set(to, inode);
        change({ kind: "name", path: to, inode, from });
        return;
      }
      case "unlink":
      case "unlinkat":
        if (strings[0] === undefined || !this.#names.delete(strings[0])) return;
        change({ kind: "remove", path: strings[0] });
        return;
      case "mkdir":
      case "mkdirat":
        if (strings[0] !== undefined) change({ kind: "folder", path: strings[0] });
        return;
      case "fsync":
      case "fdatasync": {
        if (path === undefined) return;
        // another thread may have renamed it before its name was read here, and not yet in the trace when this began
        const inode = ofDescriptor ?? this.#inodeOf(path);
        this.#steps.push({ step: "sync", begin, end, ...(inode === undefined ? { folder: path } : { inode }) });
        return;
      }
      default:
        if (path !== undefined || strings.some((one) => one !== undefined)) {
          throw new Error(`Cannot follow what the disk has: ${name} is not understood`);
        }
    }
  }

  #newInode(): number {
    return ++this.#inodes;
  }

  /** A path below the folder, without it; of SQLite's index of the log, which is made anew at a start, nothing is kept. */
  #below(path: string): string | undefined {
    if (path.endsWith("-shm")) return undefined;
    if (path === this.#folder) return ".";
    return path.startsWith(`${this.#folder}/`) ? path.slice(this.#folder.length + 1) : undefined;
  }
}

function applied(content: Uint8Array, change: Change & { kind: "write" | "length" }): Uint8Array {
  const length = change.kind === "length" ? change.length : Math.max(content.length, change.at + change.bytes.length);
  const next = new Uint8Array(length);
  next.set(content.subarray(0, length));
  if (change.kind === "write") next.set(change.bytes, change.at);
  return next;
}

function textOf(hex: string): string {
  return bytesOf(hex).toString();
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}

/** What a call writes, in its pieces. */
function bytesIn(call: string): Buffer[] {
  return [...call.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => bytesOf(hex!));
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function* walk(folder: string, below = ""): Generator<{ path: string; isFolder: boolean }> {
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${below}`)) {
    const path = below === "" ? name : `${below}/${name}`;
    yield { path, isFolder: isDirectory };
    if (isDirectory) yield* walk(folder, path);
  }
}

function filesBelow(folder: string): string[] {
  return [...walk(folder)].filter(({ path, isFolder }) => !isFolder && !path.endsWith("-shm")).map(({ path }) => path);
}

function foldersBelow(folder: string): string[] {
  return [...walk(folder)].filter(({ isFolder }) => isFolder).map(({ path }) => path);
}
