/** Runs on the box as root, beside what looks into the page of its screen: see `Admin.looks`. */

/** The kiosk page, once the browser has it. */
async function kioskPage(): Promise<string> {
  for (;;) {
    try {
      const all: { type: string; url: string; webSocketDebuggerUrl: string }[] =
        await (await fetch("http://127.0.0.1:9222/json/list")).json();
      const page = all.find(({ type, url }) => type === "page" && url.startsWith("http"));
      // it may be called by a name without its port
      if (page) return `ws://127.0.0.1:9222${new URL(page.webSocketDebuggerUrl).pathname}`;
    } catch {
      // it is still beginning
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const socket = new WebSocket(await kioskPage());
await new Promise((resolve, reject) => {
  socket.onopen = resolve;
  socket.onerror = reject;
});
let asked = 0;

/** What an expression gives in the page, once a promise has come true. */
export function inPage(expression: string): Promise<unknown> {
  const id = ++asked;
  return new Promise((resolve) => {
    const hear = ({ data }: MessageEvent) => {
      const answer = JSON.parse(data);
      if (answer.id !== id) return;
      socket.removeEventListener("message", hear);
      resolve(answer.result?.result.value); // none where the page was left meanwhile
    };
    socket.addEventListener("message", hear);
    socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params: { expression, awaitPromise: true } }));
  });
}
