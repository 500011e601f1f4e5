/**
 * Has one piece of work done on a thread of its own, which ends with it.
 *
 * @param module the worker's, which answers a message with one message
 * @returns its answer
 * @throws Error when the worker itself fails
 */
export async function askWorker<Answer>(module: URL, work: unknown): Promise<Answer> {
  const worker = new Worker(module, { type: "module" });
  try {
    return await new Promise<Answer>((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<Answer>) => resolve(event.data);
      worker.onerror = (event) => {
        event.preventDefault(); // else it would end the whole box
        reject(new Error(event.message));
      };
      worker.postMessage(work);
    });
  } finally {
    worker.terminate();
  }
}
