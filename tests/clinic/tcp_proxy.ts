/** A wire between the box and the clinic's database that can be cut, or go silent, at a moment of the test's choice. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #work = new Set<Promise<void>>();
  /** Looks at what the box sends, with the number of the connection. What is cut arrives, its answer does not. */
  onSent: (text: string, connection: number) => "pass" | "cut after it arrived" = () => "pass";
  /** When an answer has come back that will not arrive. */
  onCut: () => void = () => {};
  /** Nothing goes through, and nothing is refused. */
  silent = false;

  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#track(this.#accept());
  }

  /** Connections that have come so far. */
  connections = 0;

  cutAll(): void {
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cutAll();
    await Promise.all(this.#work);
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      this.connections += 1;
      this.#open.add(near);
      if (!this.silent) this.#track(this.#join(near));
    }
  }

  async #join(near: Deno.TcpConn): Promise<void> {
    const number = this.connections;
    let far: Deno.TcpConn;
    try {
      far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    } catch {
      return close(near); // the server is away: so is the wire's other end
    }
    this.#open.add(far);
    let cutWithAnswer = false;
    const out = this.#pump(near, far, (bytes) => {
      const text = new TextDecoder("latin1").decode(bytes);
      if (this.onSent(text, number) === "cut after it arrived") cutWithAnswer = true;
      return true;
    });
    const back = this.#pump(far, near, () => {
      if (!cutWithAnswer) return true;
      this.onCut();
      close(near);
      close(far);
      return false;
    });
    await Promise.all([out, back]);
    close(near);
    close(far);
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn, look: (bytes: Uint8Array) => boolean): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      for (let count; (count = await from.read(buffer)) !== null;) {
        const bytes = buffer.subarray(0, count);
        while (this.silent && this.#open.has(from)) await new Promise((resolve) => setTimeout(resolve, 20));
        if (!look(bytes)) return;
        for (let sent = 0; sent < count;) sent += await to.write(bytes.subarray(sent));
      }
    } catch {
      // one side has gone; the other hears of it next
    }
    close(to);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // it was closed before
  }
}
