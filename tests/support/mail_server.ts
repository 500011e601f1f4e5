import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import type { CertificateFiles } from "./authority.ts";

/** An e-mail as it came. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** Whether it came through TLS. */
  secure: boolean;
  /** Headers and body, as they were sent. */
  raw: string;
}

export interface MailServerOptions {
  certificate: CertificateFiles;
  /** `tls` from the first byte; `starttls` offers it; `none` does not know it. */
  security?: "starttls" | "tls" | "none";
  /** Whoever may send; anybody, without a login, where left out. */
  login?: { user: string; password: string };
}

/** A mail server of others' making (smtp-server, by nodemailer's authors) on loopback. */
export class MailServer implements AsyncDisposable {
  readonly received: ReceivedMail[] = [];
  /** The next messages are refused with it. */
  refuse: { code: number; message: string } | undefined;
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer) {
    this.#server = server;
  }

  static async start({ certificate, security = "starttls", login }: MailServerOptions): Promise<MailServer> {
    let own: MailServer | undefined = undefined;
    const server = new SMTPServer({
      key: Deno.readTextFileSync(certificate.key),
      cert: Deno.readTextFileSync(certificate.cert),
      secure: security === "tls",
      ...(security === "none" && { disabledCommands: ["STARTTLS"] }),
      authOptional: login === undefined,
      onAuth: ({ username, password }, _session, done) =>
        username === login?.user && password === login?.password
          ? done(null, { user: username })
          : done(Object.assign(new Error("Authentication failed"), { responseCode: 535 })),
      onData: (stream, { envelope, secure }, done) => {
        const pieces: Uint8Array[] = [];
        stream.on("data", (piece) => pieces.push(piece));
        stream.on("end", () => {
          const { refuse } = own!;
          if (refuse !== undefined) {
            return done(Object.assign(new Error(refuse.message), { responseCode: refuse.code }));
          }
          own!.received.push({
            from: envelope.mailFrom ? envelope.mailFrom.address : "",
            to: envelope.rcptTo.map(({ address }) => address),
            secure,
            raw: new TextDecoder().decode(new Uint8Array(pieces.flatMap((piece) => [...piece]))),
          });
          done();
        });
      },
    });
    server.on("error", () => {}); // whoever breaks off the handshake, which some tests do
    server.listen(0, "127.0.0.1");
    await once(server.server, "listening");
    own = new MailServer(server);
    return own;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
