import type { Hello, LiveEvent } from "../../src/web/contract/events.ts";
import { type EventStream, type Listener, openStream } from "./event_stream.ts";

export type { Listener };

/** What the worker that listens for all pages tells each, and what it hears from them. */
export type ToPage = { connected: Hello } | { lost: true } | { event: LiveEvent } | { here: true };
export type FromPage = "gone" | "seen";

/** A worker that has not said a word by then will not, milliseconds. */
const PATIENCE = 15_000;

/**
 * Listens to the box's live events, for good, by one stream for all pages of this browser; where a browser has no worker
 * for that, by a stream of the page's own. After each connection `onConnected` is called, so that the page loads what it
 * missed.
 *
 * @returns ends it
 */
export function listen(listener: Listener): () => void {
  let stream = join(listener);
  const seen = () => document.visibilityState === "visible" && stream.seen();
  const gone = () => stream.end();
  // a page that the browser kept and shows again has missed something
  const back = ({ persisted }: PageTransitionEvent) => {
    if (persisted) stream = join(listener);
  };
  document.addEventListener("visibilitychange", seen);
  addEventListener("pagehide", gone);
  addEventListener("pageshow", back);
  return () => {
    document.removeEventListener("visibilitychange", seen);
    removeEventListener("pagehide", gone);
    removeEventListener("pageshow", back);
    stream.end();
  };
}

function join(listener: Listener): EventStream {
  if (!("SharedWorker" in globalThis)) return openStream(listener);
  let own: EventStream | undefined;
  let ended = false;
  let port: MessagePort | undefined;
  const alone = () => {
    if (!ended) own ??= openStream(listener);
  };
  let waiting: ReturnType<typeof setTimeout> | undefined;
  try {
    const worker = new SharedWorker("/shared/events_worker.ts", { type: "module", name: "events" });
    waiting = setTimeout(alone, PATIENCE);
    worker.onerror = alone;
    port = worker.port;
    port.onmessage = ({ data }: MessageEvent<ToPage>) => {
      clearTimeout(waiting);
      if (ended) return;
      // it was only slow: the connection of the page's own is one that others need
      own?.end();
      own = undefined;
      if ("connected" in data) listener.onConnected(data.connected);
      else if ("lost" in data) listener.onLost();
      else if ("event" in data) listener.onEvent(data.event);
    };
  } catch {
    alone();
  }
  const say = (what: FromPage) => port?.postMessage(what);
  return {
    seen: () => own === undefined ? say("seen") : own.seen(),
    end() {
      ended = true;
      clearTimeout(waiting);
      own?.end();
      say("gone");
      port?.close();
    },
  };
}
