import assert from "node:assert/strict";
import { AwsClient } from "aws4fetch";
import type { S3Access } from "../../src/backup/target.ts";
import { run } from "./peers.ts";
import { endAtOnce } from "./processes.ts";
import { freePort } from "./servers.ts";
import { until } from "./until.ts";

const USER = "clinic";
/** A start on a busy computer, seconds. */
const PATIENCE = 120;

/**
 * Ceph's S3 server, as clinics' hosts run it, with a monitor and one store of objects in memory, on loopback in a folder
 * of its own. It checks signatures, clocks, hashes and quotas.
 */
export class RadosGateway implements AsyncDisposable {
  readonly access: S3Access;
  readonly folder: string;
  readonly #processes = new Map<string, Deno.ChildProcess>();

  private constructor(folder: string, port: string) {
    this.folder = folder;
    this.access = {
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      accessKeyId: "CLINIC",
      secretAccessKey: "a secret of the clinic",
    };
  }

  static async start(): Promise<RadosGateway> {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-rados-" });
    const port = freePort();
    const server = new RadosGateway(folder, port);
    try {
      await server.#prepare(port);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #prepare(port: string): Promise<void> {
    const { folder } = this;
    const [cluster, store] = [crypto.randomUUID(), crypto.randomUUID()];
    const monitor = `v2:127.0.0.1:${freePort()}`;
    await Deno.writeTextFile(`${folder}/ceph.conf`, configuration(folder, cluster, monitor, port));
    for (const name of ["mon", "osd", "rgw"]) await Deno.mkdir(`${folder}/${name}`);
    const keyring = `${folder}/keyring`;
    const keys: [who: string, may: string[]][] = [
      ["mon.", ["--cap", "mon", "allow *"]],
      ["client.admin", ["--cap", "mon", "allow *", "--cap", "osd", "allow *"]],
      ["osd.0", ["--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"]],
    ];
    await succeeds("ceph-authtool", [keyring, "--create-keyring"]);
    for (const [who, may] of keys) await succeeds("ceph-authtool", [keyring, "--gen-key", "-n", who, ...may]);
    const map = `${folder}/monmap`;
    await succeeds("monmaptool", ["--create", "--addv", "a", `[${monitor}]`, "--fsid", cluster, map]);
    await this.#ceph("ceph-mon", ["-i", "a", "--mkfs", "--monmap", map, "--keyring", keyring]);
    this.#spawn("ceph-mon", ["-i", "a"]);
    await until("the monitor answers", () => this.#asks(["mon", "stat"]), PATIENCE);
    await this.#ceph("ceph", ["osd", "new", store, "0"]);
    await this.#ceph("ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", store]);
    await this.#ceph("ceph", ["osd", "crush", "add-bucket", "here", "host"]);
    await this.#ceph("ceph", ["osd", "crush", "move", "here", "root=default"]);
    await this.#ceph("ceph", ["osd", "crush", "add", "osd.0", "1.0", "host=here"]);
    this.#spawn("ceph-osd", ["-i", "0"]);
    await until("the store is up", async () => /\b1 up\b/.test(await this.#asks(["osd", "stat"]) || ""), PATIENCE);
    await this.up();
    const { accessKeyId, secretAccessKey } = this.access;
    await this.#administers(
      "user",
      "create",
      "--display-name=Clinic",
      `--access-key=${accessKeyId}`,
      `--secret-key=${secretAccessKey}`,
    );
  }

  /** Starts what answers for S3, and waits until it does. */
  async up(): Promise<void> {
    this.#spawn("radosgw", ["-n", "client.admin"]);
    await until("it answers", async () => {
      try {
        const answer = await fetch(this.access.endpoint);
        await answer.body?.cancel();
        return answer.ok;
      } catch (error) {
        if (error instanceof TypeError) return false;
        throw error;
      }
    }, PATIENCE);
  }

  /** What answers for S3 is gone at once; what is stored stays. */
  async kill(): Promise<void> {
    await this.#end("radosgw");
  }

  /** Makes a bucket. */
  async bucket(name: string): Promise<void> {
    const { endpoint, ...access } = this.access;
    const answer = await new AwsClient({ ...access, service: "s3", retries: 0 })
      .fetch(`${endpoint}/${name}`, { method: "PUT" });
    assert.ok(answer.ok, await answer.text());
  }

  /** The clinic may have no more than so many bytes; negative for as many as it likes. */
  async quota(bytes: number): Promise<void> {
    await this.#administers("quota", "set", "--quota-scope=user", `--max-size=${bytes}`);
    await this.#administers("quota", bytes < 0 ? "disable" : "enable", "--quota-scope=user");
  }

  #administers(...args: string[]): Promise<void> {
    return this.#ceph("radosgw-admin", ["-n", "client.admin", ...args, `--uid=${USER}`]);
  }

  async #asks(args: string[]): Promise<string | undefined> {
    const { code, text } = await run("ceph", ["-c", this.#configuration, "--connect-timeout", "5", ...args]);
    return code === 0 ? text : undefined;
  }

  #ceph(command: string, args: string[]): Promise<void> {
    return succeeds(command, ["-c", this.#configuration, ...args]);
  }

  get #configuration(): string {
    return `${this.folder}/ceph.conf`;
  }

  #spawn(program: string, args: string[]): void {
    const command = new Deno.Command(program, {
      args: ["-c", this.#configuration, ...args, "-f"],
      stdout: "null",
      stderr: "null",
    });
    this.#processes.set(program, command.spawn());
  }

  async #end(program: string): Promise<void> {
    const process = this.#processes.get(program);
    if (process === undefined) return;
    this.#processes.delete(program);
    endAtOnce(process.pid);
    await process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of ["radosgw", "ceph-osd", "ceph-mon"]) await this.#end(program);
    await Deno.remove(this.folder, { recursive: true });
  }
}

function configuration(folder: string, cluster: string, monitor: string, port: string): string {
  return `[global]
fsid = ${cluster}
mon_host = [${monitor}/0]
ms_bind_msgr1 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
run_dir = ${folder}
admin_socket = ${folder}/$name.asok
log_file = ${folder}/$name.log
keyring = ${folder}/keyring
mon_data = ${folder}/mon
osd_data = ${folder}/osd
rgw_data = ${folder}/rgw
# a full disk of the test's computer is no fault of the test
mon_data_avail_warn = 0
mon_data_avail_crit = 0
mon_allow_pool_size_one = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 2
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 2147483648
rgw_frontends = beast endpoint=127.0.0.1:${port}
rgw_dynamic_resharding = false
rgw_override_bucket_index_max_shards = 1
# a quota holds from the next object on, not after minutes
rgw_user_quota_sync_interval = 1
rgw_bucket_quota_ttl = 0
`;
}

async function succeeds(command: string, args: string[]): Promise<void> {
  const { code, text } = await run(command, args);
  assert.equal(code, 0, `${command} ${args.join(" ")}: ${text}`);
}
