/**
 * Has one piece of work done on a thread of its own, which ends with it.
 *
 * @param module the worker's, which answers a message with one message
 * @param signal ends it before
 * @returns its answer
 * @throws Error when the worker itself fails; the signal's reason
 */
export async function askWorker<Answer>(module: URL, work: unknown, signal?: AbortSignal): Promise<Answer> {
  signal?.throwIfAborted();
  const worker = new Worker(module, { type: "module" });
  const ended = new AbortController();
  try {
    return await new Promise<Answer>((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<Answer>) => resolve(event.data);
      worker.onerror = (event) => {
        event.preventDefault(); // else it would end the whole box
        reject(new Error(event.message));
      };
      signal?.addEventListener("abort", () => reject(signal.reason), { signal: ended.signal });
      worker.postMessage(work);
    });
  } finally {
    ended.abort();
    worker.terminate();
  }
}
