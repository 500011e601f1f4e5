import { signatureOf } from "../../src/clinic/webhook.ts";
import { freePort } from "../support/ports.ts";

/** Between the box and the program: that of the standard's own example. */
export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** A program that the box tells over HTTP: what it was told, in its order, and how it answers. */
export class HearingProgram implements AsyncDisposable {
  readonly heard: { id: string; type: string; data: Record<string, unknown> }[] = [];
  readonly port = freePort();
  answers: (type: string) => Response | Promise<Response> = () => new Response(null, { status: 204 });
  /** As it has it by now. */
  secret = SECRET;
  #server: Deno.HttpServer | undefined;

  open(): void {
    this.#server = Deno.serve(
      { port: Number(this.port), hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        const body = await request.text();
        const [id, at, signature] = ["id", "timestamp", "signature"].map((name) =>
          request.headers.get(`webhook-${name}`)!
        );
        if (signature !== signatureOf(this.secret, `${id}.${at}.${body}`)) return new Response(null, { status: 401 });
        const { type, data } = JSON.parse(body);
        this.heard.push({ id: id!, type, data });
        return await this.answers(type);
      },
    );
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}/hear`;
  }

  async [Symbol.asyncDispose]() {
    await this.#server?.shutdown();
    this.#server = undefined;
  }
}
