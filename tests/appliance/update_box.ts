import { run } from "../support/peers.ts";

export const IMAGE = new URL("../../appliance/image/", import.meta.url).pathname;
export const SCRIPTS = `${IMAGE}root/usr/lib/sonodesk/`;

/** The boot loader in one file, which says what a slot is; a restart and RAUC are written down. */
const STUBS: Record<string, string> = {
  "boot-slot": `case "$1" in
    get-current) cat "$STATE/current" ;;
    on-trial) [ "$2" = "$(cat "$STATE/on-trial")" ] ;;
    set-state) [ ! -e "$STATE/broken" ] && : >"$STATE/on-trial" ;;
    set-primary) [ ! -e "$STATE/broken" ] && echo "primary $2" >>"$STATE/did" ;;
    restart) echo restart >>"$STATE/did" ;;
    esac`,
  healthy: `[ -e "$STATE/healthy" ]`,
  reachable: `if [ "$1" = note ]; then echo address=10.0.2.15; exit; fi
    [ ! -e "$STATE/blind" ] || { cat "$STATE/blind"; exit 1; }`,
  systemctl: `if [ "$1" = show ]; then cat "$STATE/restarts" 2>/dev/null || echo 0; else echo "$*" >>"$STATE/did"; fi`,
  sonodesk: `cat "$STATE/version" 2>/dev/null || echo 1.10.0`,
  rauc: `if [ "$1" = info ]; then
      [ ! -e "$STATE/foreign" ] || { echo "signature verification failed" >&2; exit 1; }
      case "$2" in --output*) cat "$STATE/manifest" 2>/dev/null ;; *) echo " 0 Subject: O = Us, CN = Our boxes" ;; esac
      exit 0
    fi
    echo "rauc $*" >>"$STATE/did"; cat "$STATE/steps" 2>/dev/null
    echo "LastError: it is a stranger's"; [ ! -e "$STATE/refuses" ]`,
};

/** The data partition and the boot loader of a box that runs from root a, as folders. */
export class UpdateBox implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "sonodesk-trial-" });
  readonly data = `${this.folder}/data`;
  readonly store = `${this.data}/var/lib/sonodesk`;

  constructor() {
    for (const part of ["state", "run", "lib", "data/var/lib/sonodesk/update"]) {
      Deno.mkdirSync(`${this.folder}/${part}`, { recursive: true });
    }
    for (const [name, script] of Object.entries(STUBS)) {
      Deno.writeTextFileSync(`${this.folder}/lib/${name}`, `#!/bin/bash\n${script}\n`, { mode: 0o755 });
    }
    for (const name of ["say-update", "say-computer", "versions", "install-update", "requests"]) {
      Deno.symlinkSync(`${SCRIPTS}${name}`, `${this.folder}/lib/${name}`);
    }
    this.boots("a");
    this.write("store/sonodesk.sqlite", "as it was");
    this.write("store/sonodesk.sqlite-wal", "its log");
  }

  /** The box starts from a root, which is on trial or has been kept. */
  boots(slot: string, options: { onTrial?: boolean } = {}): void {
    this.write("state/current", slot);
    this.write("state/on-trial", options.onTrial ? slot : "");
  }

  async does(script: string, ...args: string[]): Promise<number> {
    const env = {
      PATH: `${this.folder}/lib:${Deno.env.get("PATH")}`,
      STATE: `${this.folder}/state`,
      SONODESK_LIB: `${this.folder}/lib`,
      SONODESK_PARTITION: this.data,
      SONODESK_RUN: `${this.folder}/run`,
      SONODESK_RAUC_CONFIG: `${IMAGE}pc/etc/rauc/system.conf`,
      SONODESK_TRIAL_MINUTES: this.minutes,
      SONODESK_TRIAL_PAUSE: "0.1",
    };
    return (await run("bash", [SCRIPTS + script, ...args], { env })).code;
  }

  minutes = "5";

  write(path: string, text: string): void {
    Deno.writeTextFileSync(this.#full(path), text);
  }

  read(path: string): string | undefined {
    try {
      return Deno.readTextFileSync(this.#full(path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** What the settings page would say. */
  get said(): { state: string; detail: string; coded?: unknown } {
    return JSON.parse(this.read("run/update.json")!);
  }

  /** What the settings page would be told of a part of the computer. */
  told(name: string): unknown {
    return JSON.parse(this.read(`run/computer/${name}.json`)!);
  }

  /** What was done to the box since. */
  get did(): string[] {
    const done = this.read("state/did")?.trim().split("\n") ?? [];
    Deno.writeTextFileSync(`${this.folder}/state/did`, "");
    return done.filter((line) => line !== "");
  }

  #full(path: string): string {
    return path.startsWith("store/") ? `${this.store}/${path.slice(6)}` : `${this.folder}/${path}`;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** What the settings page was given, as the program lays it there. */
export function lay(box: UpdateBox, { ask = false } = {}): void {
  if (!ask) Deno.writeTextFileSync(`${box.store}/update/at-once`, "");
  Deno.writeTextFileSync(`${box.store}/update/bundle.raucb`, "a bundle");
}
