/**
 * How a render worker ends. A worker that is ended while libvips works for it takes the whole box down with it
 * (segmentation fault: the result is handed to an isolate that is gone), so the two sides agree in shared memory on
 * who ends it: the box, unless the worker is within native code; else the worker itself, as soon as it comes back.
 */
export type WorkerLife = Int32Array<SharedArrayBuffer>;

const IN_JAVASCRIPT = 0;
const IN_NATIVE_CODE = 1;
const ENDED = 2;

export function newLife(): WorkerLife {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** The worker ends. Returns whether the caller must end it; else it does so itself. */
export function end(life: WorkerLife): boolean {
  return Atomics.exchange(life, 0, ENDED) === IN_JAVASCRIPT;
}

/**
 * Runs native code that does not block the worker's thread, within the worker. A worker that has been ended neither
 * begins it nor comes back from it.
 *
 * @param close ends the worker from within
 */
export async function withinNativeCode<T>(life: WorkerLife, close: () => void, work: () => Promise<T>): Promise<T> {
  if (Atomics.compareExchange(life, 0, IN_JAVASCRIPT, IN_NATIVE_CODE) !== IN_JAVASCRIPT) return await never();
  try {
    return await work();
  } finally {
    if (Atomics.compareExchange(life, 0, IN_NATIVE_CODE, IN_JAVASCRIPT) === ENDED) {
      close();
      await never();
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
