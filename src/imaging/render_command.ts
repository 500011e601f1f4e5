/**
 * The renderer: a process of its own that draws pictures and reads reports, so that an object that takes all memory,
 * never comes to an end, or brings native code down takes nothing of the box with it. The box starts it, and talks to it
 * over its standard input and output. In the compiled program it is the hidden command `renderer`.
 */
import { encodeMessage, MessageReader } from "./message_pipe.ts";
import { loadNativeLibrary } from "./native_library.ts";
import { endIn, endWithParent, limitMemory, memoryOf, offerToBeEnded } from "./process_memory.ts";
import { packAnswer, type RendererReady, type RendererSays, type RenderOrder } from "./render_protocol.ts";

/** Requests are short: a path, and how a picture is wanted. */
const BOUNDS = { head: 64 * 1024, bytes: 0 };
/** The box ends it when its time is up; where the box cannot, it ends by itself so much later, seconds. */
const AFTER_THE_LIMIT = 5;
/** What decoders reserve when they are loaded and hardly use, bytes: to the kernel it is taken. */
const RESERVED = 320 * 1024 * 1024;
/** Of its memory, what it may keep from one picture to the next: a decoder does not give back what it took. */
const KEPT = 1 / 4;

/** Answers requests until the box closes the pipe, or is gone. @param memory what it may take for its work, bytes */
export async function render(memory: number): Promise<void> {
  endWithParent();
  offerToBeEnded();
  // decoders write to the console, and the output is for answers alone
  console.log = console.info = console.debug = console.error;
  loadNativeLibrary();
  const { answerTo } = await import("./draw.ts"); // now: it needs the library
  for (const name of ["net", "write", "run"] as const) Deno.permissions.revokeSync({ name });
  const before = memoryOf("self")?.resident;
  send({ ready: true, limited: limitMemory(memory + RESERVED) } satisfies RendererReady);
  const orders = new MessageReader(nextOrders, BOUNDS);
  while (true) {
    const order = await orders.next();
    if (order === undefined) return;
    const { request, timeLimit } = order.head as RenderOrder;
    endIn(Math.ceil(timeLimit) + AFTER_THE_LIMIT);
    const { head, bytes } = packAnswer(await answerTo(request, Math.ceil(timeLimit)));
    const after = memoryOf("self")?.resident;
    const leaving = before !== undefined && after !== undefined && after - before > memory * KEPT;
    send({ answer: head as RendererSays["answer"], leaving } satisfies RendererSays, bytes);
    if (leaving) return;
    endIn(0);
  }
}

const piece = new Uint8Array(BOUNDS.head);

/** It has nothing else to do until an order comes: waiting for it here is cheaper than in another thread. */
function nextOrders(): Uint8Array | undefined {
  const read = Deno.stdin.readSync(piece);
  return read === null ? undefined : piece.subarray(0, read);
}

function send(head: unknown, bytes?: Uint8Array): void {
  for (const part of encodeMessage(head, bytes)) {
    for (let sent = 0; sent < part.length;) sent += Deno.stdout.writeSync(part.subarray(sent));
  }
}

/** As `renderer BYTES` on the command line. */
export async function renderCommand(args: string[]): Promise<number> {
  await render(Number(args[0]));
  return 0;
}

if (import.meta.main) Deno.exit(await renderCommand(Deno.args));
