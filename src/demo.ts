import { demoClinic } from "./demo_clinic.ts";
import { Appliance } from "./appliance.ts";
import { type Config, readConfig } from "./settings/config.ts";
import { localDate } from "./dicom/date_time.ts";
import { startLogging } from "./logging.ts";
import { untilStopped } from "./host/stop_signal.ts";
import { VirtualMachine } from "./simulator/machine.ts";
import type { Store } from "./store/store.ts";
import { hashPassword } from "./web/password.ts";

const LOGIN = { username: "demo", password: "demo" };
/**
 * A visitor looks around for a while before anything is tapped: the page locks later than a clinic's. The patients are
 * made up: no certificate has to be trusted to see them from a phone.
 */
const DEFAULTS = {
  SONODESK_DATA: "./demo-data",
  SONODESK_ADMISSION: "open",
  SONODESK_LOCK_SECONDS: "900",
  SONODESK_HTTPS: "off",
};
/** Milliseconds. */
const LOOK_AT_THE_DAY_EVERY = 60_000;
const MACHINE = { aeTitle: "VIRTUAL-US", name: "Virtual machine", room: "Room 1" };

/**
 * The whole product in one minute: the box in a data folder of its own, a demo clinic for today, and a virtual
 * ultrasound machine that speaks DICOM to it.
 */
export async function demo(): Promise<number> {
  const config = readConfig({ ...DEFAULTS, ...Deno.env.toObject() });
  await startLogging("warning", "text");
  const appliance = new Appliance(config, { demoLogin: LOGIN, environment: Deno.env.toObject() });
  await ensureLogin(appliance.store, LOGIN);
  if (config.adminUsername !== undefined && config.adminPassword !== undefined) {
    await ensureLogin(appliance.store, { username: config.adminUsername, password: config.adminPassword });
  }
  furnish(appliance.store, localDate(new Date()));
  const stopped = untilStopped();
  await appliance.start();
  welcome(appliance, config);

  const ended = new AbortController();
  const machine = new VirtualMachine({
    host: config.host ?? "127.0.0.1",
    worklistPort: appliance.ports.worklistPort,
    storagePort: appliance.ports.storagePort,
    callingAeTitle: MACHINE.aeTitle,
    worklistAeTitle: config.aeTitle,
    storageAeTitle: config.aeTitle,
    signal: ended.signal,
    log: (line) => console.log(`  ${line}`),
  });
  const scanning = machine.run();
  // a demo left running over midnight has patients the next morning
  const furnishing = setInterval(() => furnish(appliance.store, localDate(new Date())), LOOK_AT_THE_DAY_EVERY);
  await stopped;
  clearInterval(furnishing);
  ended.abort();
  await scanning;
  await appliance.stop();
  return 0;
}

/** Today's appointments and the virtual machine, unless an earlier demo has left them. */
function furnish(store: Store, date: string): void {
  store.transaction(() => {
    if (!store.machines.findByAeTitle(MACHINE.aeTitle)) {
      store.machines.add({ ...MACHINE, address: "", port: null, modality: "US", admitted: true });
    }
    if (store.appointments.onDay(date).some(({ source }) => source === "demo")) return;
    for (const { study, patient, time, ...appointment } of demoClinic(date)) {
      const booked = { ...appointment, time: `${time}:00`, patient: { ...patient, phone: "" }, description: study };
      store.appointments.add(booked, "demo");
    }
  });
}

/** A login for everything, with this password whatever it was before. */
async function ensureLogin(store: Store, { username, password }: typeof LOGIN): Promise<void> {
  const passwordHash = await hashPassword(password);
  const user = store.users.findByUsername(username);
  if (user) store.users.setPasswordHash(user.id, passwordHash);
  else store.users.add({ username, displayName: "Demo", role: "admin", passwordHash });
}

function welcome(appliance: Appliance, config: Config): void {
  const { webPort, worklistPort, storagePort } = appliance.ports;
  const { hostName, addresses } = appliance.info();
  console.log(`
  Sonodesk demo

  Kiosk      http://localhost:${webPort}/
  Login      ${LOGIN.username} / ${LOGIN.password}

  A machine needs
    Host     ${hostName} or ${addresses.join(", ")}
    Worklist port ${worklistPort}
    Images   port ${storagePort}
    AE title ${config.aeTitle}

  Open the kiosk, tap "Send to machine", and watch: a virtual machine asks for its
  worklist every few seconds, scans, and sends images and a report back.
  Ctrl-C ends the demo; its data is in ${config.data}.
`);
}
