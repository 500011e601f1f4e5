/**
 * What Linux does with a process, and Deno has no function for: how much memory it has, how much it may have, how long
 * processors have worked for it and it has waited for one, and when it ends. By the C library; Deno keeps /proc from
 * programs that may not do everything.
 */
import { Buffer } from "node:buffer";
import { constants as files } from "node:fs";
import { constants as system } from "node:os";

const SYMBOLS = {
  getpagesize: { parameters: [], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // in another thread: the kernel may have much to count
  readCounted: { name: "read", parameters: ["i32", "buffer", "usize"], result: "isize", nonblocking: true },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  alarm: { parameters: ["u32"], result: "u32" },
  madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  // only glibc has it; it looks through all of the heap, in another thread
  malloc_trim: { parameters: ["usize"], result: "i32", nonblocking: true, optional: true },
} as const;

const { O_RDONLY, O_WRONLY } = files;
const { SIGKILL } = system.signals;
/** Of Linux's asm-generic/fcntl.h, asm-generic/resource.h and linux/prctl.h: the same on x86-64 and 64-bit Arm. */
const O_CLOEXEC = 0o2000000;
const RLIMIT_DATA = 2;
const PR_SET_PDEATHSIG = 1;
/** Of Linux's asm-generic/mman-common.h: these pages are not needed now. */
const MADV_DONTNEED = 4;
/** In so many parts of a second /proc counts processor time for programs: USER_HZ, which is 100 on these (time(7)). */
const TICKS = 100;
/** So much of a long file is read at once, bytes. */
const PIECE = 64 * 1024;

let library: Deno.DynamicLibrary<typeof SYMBOLS> | undefined;

function c(): Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] | undefined {
  if (Deno.build.os !== "linux") return undefined;
  library ??= Deno.dlopen("libc.so.6", SYMBOLS);
  return library.symbols;
}

/** A process's memory, bytes: what it has in fact, and what it may write to and nobody else has (proc(5), statm). */
interface ProcessMemory {
  resident: number;
  data: number;
}

/** @param pid of a process, or "self"; @returns undefined where that cannot be told: it has ended, or this is no Linux */
export function memoryOf(pid: number | "self"): ProcessMemory | undefined {
  const symbols = c();
  const text = symbols && readSmall(symbols, `/proc/${pid}/statm`);
  if (symbols === undefined || text === undefined) return undefined;
  const pages = text.split(" ").map(Number);
  const size = symbols.getpagesize();
  return { resident: pages[1]! * size, data: pages[5]! * size };
}

/**
 * How long processors have worked for a process, all its threads together, milliseconds (proc_pid_stat(5), utime and
 * stime). @returns undefined where that cannot be told
 */
export function processorTimeOf(pid: number): number | undefined {
  const symbols = c();
  const text = symbols && readSmall(symbols, `/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const [user, kernel] = text.slice(text.lastIndexOf(")") + 2).split(" ").slice(11, 13).map(Number);
  return (user! + kernel!) * 1000 / TICKS;
}

/**
 * How long a process's main thread was ready to run and had no processor, milliseconds (proc_pid_schedstat(5), the second
 * number).
 *
 * @param pid of a process, or "self"
 * @returns undefined where that is not counted
 */
export function waitedOf(pid: number | "self"): number | undefined {
  const symbols = c();
  const text = symbols && readSmall(symbols, `/proc/${pid}/schedstat`);
  return text === undefined ? undefined : Number(text.split(" ")[1]) / 1e6;
}

/**
 * Gives memory back to the system that the C library keeps though nobody uses it (malloc_trim(3)).
 *
 * @returns whether there was any; false too where that cannot be done
 */
export async function giveBackMemory(): Promise<boolean> {
  return await c()?.malloc_trim?.(0n) === 1;
}

/**
 * Lets go of the pages that this process has in memory of the files it runs (madvise(2)): much of what a start reads of
 * them nobody needs afterwards. A page that is needed again comes from the system's cache, without a read of the disk as
 * long as it is kept there. Does nothing where the kernel does not tell a process's mappings.
 */
export async function releaseProgram(): Promise<void> {
  const symbols = c();
  if (symbols === undefined) return;
  const file = symbols.open(Buffer.from("/proc/self/smaps\0"), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  const pieces: Buffer[] = [];
  try {
    for (;;) {
      const piece = Buffer.alloc(PIECE);
      const read = Number(await symbols.readCounted(file, piece, BigInt(PIECE)));
      if (read <= 0) break;
      pieces.push(piece.subarray(0, read));
    }
  } finally {
    symbols.close(file);
  }
  for (const { start, end } of programParts(Buffer.concat(pieces).toString("latin1"))) {
    symbols.madvise(Deno.UnsafePointer.create(start), end - start, MADV_DONTNEED);
  }
}

/**
 * The mappings of a process, by addresses, whose pages can all be read again from their file: it may not write to them,
 * and has no pages of its own in them, as the linker makes where it relocates.
 *
 * @param smaps as proc_pid_smaps(5) has it
 */
export function programParts(smaps: string): { start: bigint; end: bigint }[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((part) => {
    const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) r-\S+ \S+ \S+ \d+ +\/\S/.exec(part) ?? [];
    const isAsInFile = /^Anonymous: +0 kB$/m.test(part) && /^Swap: +0 kB$/m.test(part);
    return isAsInFile && start && end ? [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }] : [];
  });
}

/** What this process may take of memory beyond what it has now, bytes. @returns false where that cannot be said */
export function limitMemory(more: number): boolean {
  const now = memoryOf("self");
  if (now === undefined) return false;
  const most = BigInt(now.data + more);
  return c()!.setrlimit(RLIMIT_DATA, Buffer.from(new BigUint64Array([most, most]).buffer)) === 0;
}

/** Where memory runs out the kernel is to end this process before any other. */
export function offerToBeEnded(): void {
  const symbols = c();
  if (symbols === undefined) return;
  const file = symbols.open(Buffer.from("/proc/self/oom_score_adj\0"), O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  symbols.write(file, Buffer.from("1000"), 4n);
  symbols.close(file);
}

/** This process ends with the one that started it, whatever it is at and however that ends. */
export function endWithParent(): void {
  c()?.prctl(PR_SET_PDEATHSIG, BigInt(SIGKILL), 0n, 0n, 0n);
}

/** This process ends in so many seconds, whatever it is at, if nothing else is said before; 0 for never. */
export function endIn(seconds: number): void {
  c()?.alarm(seconds);
}

function readSmall(symbols: NonNullable<ReturnType<typeof c>>, path: string): string | undefined {
  const file = symbols.open(Buffer.from(`${path}\0`), O_RDONLY | O_CLOEXEC);
  if (file < 0) return undefined;
  const bytes = Buffer.alloc(256);
  const read = Number(symbols.read(file, bytes, BigInt(bytes.length)));
  symbols.close(file);
  return read > 0 ? bytes.toString("latin1", 0, read) : undefined;
}
