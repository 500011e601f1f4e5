import type { Hello } from "../../src/web/contract/events.ts";
import { type EventStream, openStream } from "./event_stream.ts";
import type { FromPage, ToPage } from "./events.ts";

/*
 * One stream of events for all pages of a browser: it opens six connections to a box at most, and a page needs some to
 * ask with.
 */

const pages = new Set<MessagePort>();
let stream: EventStream | undefined;
/** What the box said first, while the stream holds. */
let hello: Hello | undefined;

function tell(message: ToPage) {
  for (const page of pages) page.postMessage(message);
}

function open() {
  stream ??= openStream({
    onConnected(said) {
      hello = said;
      tell({ connected: said });
    },
    onLost() {
      hello = undefined;
      tell({ lost: true });
    },
    onEvent: (event) => tell({ event }),
  });
}

function leave(page: MessagePort) {
  pages.delete(page);
  if (pages.size > 0) return;
  stream?.end();
  stream = undefined;
  hello = undefined;
}

addEventListener("connect", (event) => {
  const page = (event as MessageEvent).ports[0]!;
  page.onmessage = ({ data }: MessageEvent<FromPage>) => data === "gone" ? leave(page) : stream?.seen();
  pages.add(page);
  open();
  const first: ToPage = hello === undefined ? { here: true } : { connected: hello };
  page.postMessage(first);
});
