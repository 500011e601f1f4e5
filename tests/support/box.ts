import { Appliance } from "../../src/appliance.ts";
import type { ApplianceOptions } from "../../src/appliance_options.ts";
import { type Config, readConfig } from "../../src/settings/config.ts";
import type { NewAppointment } from "../../src/store/appointment.ts";
import { until } from "./until.ts";

/** A whole box on free ports of loopback, in a folder of its own. */
export class Box implements AsyncDisposable {
  readonly folder: string;
  readonly appliance: Appliance;

  private constructor(folder: string, appliance: Appliance) {
    this.folder = folder;
    this.appliance = appliance;
  }

  static async start(config: Partial<Config> = {}): Promise<Box> {
    const folder = config.data ?? await Deno.makeTempDir({ prefix: "sonodesk-box-" });
    const box = appliance(folder, config);
    await box.start();
    return new Box(folder, box);
  }

  get store() {
    return this.appliance.store;
  }

  get worklistPort(): string {
    return String(this.appliance.ports.worklistPort);
  }

  get storagePort(): string {
    return String(this.appliance.ports.storagePort);
  }

  get tlsPort(): string {
    return String(this.appliance.ports.tlsPort);
  }

  /** Books an appointment and sends it to any machine. Returns it. */
  send(appointment: Partial<NewAppointment> = {}, machineId: string | null = null) {
    const booked = this.store.appointments.add({ ...APPOINTMENT, ...appointment }, "box");
    this.store.worklistItems.send(booked.id, machineId, "reception");
    return this.store.appointments.get(booked.id);
  }

  /** Waits until something is so. */
  until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    return until(what, look);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.appliance.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The box itself on free ports of loopback, not yet started. @param data its data folder */
export function appliance(data: string, config: Partial<Config> = {}, options: ApplianceOptions = {}): Appliance {
  const ports = { webPort: 0, worklistPort: 0, storagePort: 0, dicomTlsPort: 0 };
  const local = { ...readConfig({}), host: "127.0.0.1", ...ports, admission: "open", data } as const;
  return new Appliance({ ...local, ...config }, options);
}

export const APPOINTMENT: NewAppointment = {
  patient: { id: "P1", firstName: "Priya", lastName: "Sharma", birthDate: "1990-05-17", gender: "Female", phone: "" },
  doctor: "Dr. Meera Nair",
  department: "Obstetrics",
  description: "Obstetric scan",
  date: "2026-11-22",
  time: "10:30:00",
};
