/** Run by a test in a process of its own: lets go of its program, and does the same before and after. */
import { createHash } from "node:crypto";
import { memoryOf, releaseProgram } from "../../src/imaging/process_memory.ts";

const work = () => [
  createHash("sha256").update("of the program").digest("hex"),
  new Intl.DateTimeFormat("hi-IN", { dateStyle: "full", timeZone: "Asia/Kolkata" }).format(0),
  structuredClone(new Map([["a", [1, 2, 3]]])).get("a")!.join(),
];
const answers = [work()];
const before = memoryOf("self")!.resident;
await releaseProgram();
const released = before - memoryOf("self")!.resident;
answers.push(work());
console.log(JSON.stringify({ released, answers }));
