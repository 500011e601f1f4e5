/** Run by a test in a process of its own: makes a heap of which nine tenths are free, and gives them back. */
import { Buffer } from "node:buffer";
import { giveBackMemory, memoryOf } from "../../src/imaging/process_memory.ts";

const PIECE = 60_000;
const pieces: (Buffer | undefined)[] = Array.from({ length: 2000 }, () => Buffer.alloc(PIECE, 1));
for (let index = 0; index < pieces.length; index++) if (index % 10 !== 9) pieces[index] = undefined;
// V8 frees the bytes of buffers in another thread, which the second waits for
for (let n = 0; n < 2; n++) (globalThis as unknown as { gc(): void }).gc();
const before = memoryOf("self")!.resident;
const gave = await giveBackMemory();
const after = memoryOf("self")!.resident;
const kept = pieces.filter((piece) => piece?.every((byte) => byte === 1)).length;
console.log(JSON.stringify({ gave, freed: before - after, kept }));
