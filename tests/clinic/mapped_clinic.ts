import postgres from "postgres";
import { readAddress } from "../../src/clinic/address.ts";
import { install } from "../../src/clinic/contract.ts";
import { type Catalogue, readCatalogue } from "../../src/clinic/mapping/catalogue.ts";
import { sampled } from "../../src/clinic/mapping/clinic_tables.ts";
import { installSql } from "../../src/clinic/mapping/install_sql.ts";
import type { Mapping } from "../../src/clinic/mapping/mapping.ts";
import { propose } from "../../src/clinic/mapping/proposal.ts";
import { ClinicSession } from "../../src/clinic/session.ts";
import type { PostgresServer } from "./postgres_server.ts";

/** A database of a clinic whose tables are its own, reached as its owner. */
export class MappedClinic implements AsyncDisposable {
  static #count = 0;
  readonly name: string;
  readonly sql: postgres.Sql;
  readonly #server: PostgresServer;

  private constructor(server: PostgresServer, name: string) {
    this.#server = server;
    this.name = name;
    this.sql = postgres(server.url(name), { max: 1, onnotice: () => {}, fetch_types: false });
  }

  /** @param tables the SQL that makes them */
  static async create(server: PostgresServer, tables: string): Promise<MappedClinic> {
    const name = `mapped_${++MappedClinic.#count}`;
    const admin = postgres(server.url("postgres"), { max: 1, onnotice: () => {} });
    await admin.unsafe(`CREATE DATABASE ${name}`);
    await admin.end();
    const clinic = new MappedClinic(server, name);
    await clinic.sql.unsafe(tables);
    await clinic.sql.unsafe("RESET search_path");
    return clinic;
  }

  get ownerUrl(): string {
    return this.#server.url(this.name);
  }

  /** The address with the box's own role. */
  get url(): string {
    return this.#server.url(this.name, "sonodesk", "box");
  }

  async asOwner<T>(work: (session: ClinicSession) => Promise<T>): Promise<T> {
    const session = new ClinicSession(readAddress(this.ownerUrl));
    try {
      return await work(session);
    } finally {
      session.close();
    }
  }

  /** The catalogue, with samples of the tables that a proposal is about. */
  async catalogue(): Promise<Catalogue> {
    return await this.asOwner((session) =>
      session.transaction("READ ONLY", 15_000, async (sql) => {
        const bare = await readCatalogue(sql);
        return await sampled(sql, bare, propose(bare, "Asia/Kolkata").mapping);
      })
    );
  }

  async proposed(): Promise<Mapping> {
    const { mapping, notes } = propose(await this.catalogue(), "Asia/Kolkata");
    if (mapping === null) throw new Error(JSON.stringify(notes));
    return mapping;
  }

  async install(mapping: Mapping): Promise<void> {
    await this.asOwner((session) => install(session, installSql({ mapping, at: new Date().toISOString() })));
    await this.sql.unsafe(`ALTER ROLE sonodesk PASSWORD 'box'`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end();
  }
}
