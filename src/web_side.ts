import { getLogger } from "@logtape/logtape";
import type { Archive } from "./archive/archive.ts";
import { machineCharsetOf } from "./archive/machine_charset.ts";
import type { ClinicLink } from "./clinic/clinic_link.ts";
import type { Webhook } from "./clinic/webhook.ts";
import type { DicomSide } from "./dicom_side.ts";
import { drivesOf } from "./host/drives.ts";
import { ImageComputer } from "./host/image_computer.ts";
import { ImageUpdates } from "./host/image_updates.ts";
import { lanAddresses } from "./host/network.ts";
import type { Identity } from "./identity.ts";
import { ObjectReader } from "./imaging/object_reader.ts";
import type { Pictures } from "./imaging/pictures.ts";
import type { StudyFollower } from "./imaging/study_follower.ts";
import { PRINTER, PrintJobs } from "./printing/print_jobs.ts";
import { recentLines } from "./logging.ts";
import type { Maintenance } from "./operations/maintenance.ts";
import { diagnostics } from "./operations/diagnostics.ts";
import { examine } from "./operations/examination.ts";
import type { Finding } from "./operations/finding.ts";
import { tryPeer } from "./operations/links.ts";
import { alertChannels, Alerts } from "./operations/alerts.ts";
import type { Health } from "./operations/health.ts";
import { measure } from "./operations/measure.ts";
import type { SilenceWatch } from "./operations/silence.ts";
import type { MachineDiary } from "./services/machine_diary.ts";
import type { Config } from "./settings/config.ts";
import type { SettingsInForce } from "./settings/effective_settings.ts";
import type { Store } from "./store/store.ts";
import { VERSION } from "./version.ts";
import { Replacement } from "./rescue/replacement.ts";
import { PIXELS_PER_MILLIMETRE, SCREEN_MACHINE } from "./web/api/settings.ts";
import type { BoxInfo } from "./web/box.ts";
import { hasOhif } from "./web/ohif.ts";
import { isLoopback } from "./web/security.ts";
import { type HttpsOptions, WebServer, type WebServerOptions } from "./web/server.ts";
import { StoredPictures } from "./web/stored_pictures.ts";

/** What the pages show and change. */
interface WebSideParts {
  store: Store;
  archive: Archive;
  settings: SettingsInForce;
  clinic: ClinicLink;
  webhook: Webhook;
  pictures: Pictures;
  follower: StudyFollower;
  dicom: DicomSide;
  /** Of what machines do that is odd. */
  diary: MachineDiary;
  identity: Identity;
  maintenance: Maintenance;
  health: Health;
  silence: SilenceWatch;
  /** Told the code of the first start, while there is no user. */
  announceSetupCode: ((code: string) => void) | undefined;
  /** Shown on the sign-in page; only the demo has one. */
  demoLogin: { username: string; password: string } | undefined;
  /** What is used in place of the box's own parts. */
  instead: Partial<WebServerOptions>;
}

/** The pages and the API, on HTTP and, where it is on, HTTPS. */
export class WebSide {
  readonly #parts: WebSideParts;
  readonly #config: Config;
  readonly #updates: ImageUpdates | undefined;
  readonly #printing: PrintJobs | undefined;
  readonly #started = performance.now();
  #server: WebServer | undefined;
  #port = 0;
  /** Of HTTPS, while that is on. */
  #httpsPort: number | undefined;

  readonly #alerts: Alerts;
  #testing: Promise<Finding[]> | undefined;
  readonly #replacement: Replacement;

  /** @internal `Appliance` makes it. */
  constructor(parts: WebSideParts) {
    this.#parts = parts;
    this.#alerts = new Alerts({
      ...{ settings: parts.store.settings, name: () => parts.settings.current.name },
      channels: () => alertChannels(parts.settings.current),
      health: () => parts.health.report(),
    });
    this.#replacement = new Replacement(parts.settings.current.data);
    const { updates, updateResult, requests, hostState, prints } = this.#config = parts.settings.current;
    this.#printing = prints ? new PrintJobs(prints, () => parts.store.settings.get(PRINTER) ?? "") : undefined;
    this.#updates = updates && updateResult && requests && hostState
      ? new ImageUpdates({ folder: updates, result: updateResult, requests, host: hostState })
      : undefined;
  }

  /**
   * Opens the port for pages.
   *
   * @throws Error when a port is taken
   */
  async start(): Promise<void> {
    // where this box was handing over when it ended: it serves, and the new one must ask again
    if (this.#replacement.state === "handing over") await this.#replacement.become("copying");
    const options: WebServerOptions = {
      ...{ ...this.#options(), https: await this.#https() },
      certificates: await this.#parts.identity.opened, // for HTTPS or for DICOM over TLS
      ...this.#parts.instead,
    };
    this.#server = new WebServer(options);
    const { port, httpsPort } = await this.#server.start();
    this.#port = port;
    if (options.https !== undefined) this.#httpsPort = httpsPort ?? port;
    this.#alerts.start();
  }

  /** Resolves once nobody is being answered. */
  async stop(): Promise<void> {
    await this.#alerts.stop();
    await this.#printing?.stop();
    await this.#server?.stop();
    await this.#updates?.stop();
  }

  /** HTTPS with the certificates as they now are, for who comes from now on. */
  async renewCertificates(): Promise<void> {
    await this.#server?.renewCertificates();
  }

  /** The ports in use, once started. */
  get ports(): { httpPort: number; httpsPort: number | undefined } {
    return { httpPort: this.#port, httpsPort: this.#httpsPort };
  }

  /** What a person needs to connect a machine, and the pages to show themselves. */
  info(): BoxInfo {
    const { store, settings, identity, dicom, demoLogin } = this.#parts;
    const { hostName } = identity.names;
    const { name, language, lockSeconds, waitSound } = settings.current;
    const { worklistPort, storagePort } = dicom.ports;
    return {
      ...{ name, hostName, addresses: lanAddresses(), worklistPort, storagePort, aeTitle: this.#config.aeTitle },
      pageAddress: this.#httpsPort === undefined
        ? `http://${hostName}:${this.#port}/`
        : `https://${hostName}:${this.#httpsPort}/`,
      admission: settings.admission,
      pairingUntil: settings.pairingUntil,
      ...{ language, lockSeconds, waitSound: waitSound === "on" },
      pixelsPerMillimetre: Number(store.settings.get(PIXELS_PER_MILLIMETRE)) || undefined,
      screenMachineId: store.settings.get(SCREEN_MACHINE) || undefined,
      ohif: hasOhif(this.#config.ohif),
      version: VERSION,
      ...{ demo: demoLogin !== undefined, demoLogin },
    };
  }

  /** The certificates for HTTPS, where it is on and another computer could come at all. */
  async #https(): Promise<HttpsOptions | undefined> {
    const { https, host, httpsPort } = this.#config;
    if (https === "off" || host === "localhost" || (host !== undefined && isLoopback(host))) return undefined;
    return { certificates: await this.#parts.identity.open(), port: httpsPort };
  }

  #options(): WebServerOptions {
    const { store, archive, settings, clinic, webhook, pictures, dicom, identity, maintenance, health } = this.#parts;
    const { announceSetupCode } = this.#parts;
    const { host, webPort, largestObject, requests, hostState, trustedProxies, ohif } = this.#config;
    const pathOf = (path: string) => archive.pathOf(path);
    return {
      ...{
        store,
        host,
        port: webPort,
        trustedProxies,
        largestObject,
        maintenance,
        recentLines,
        clinic,
        webhook,
        settings,
      },
      ...{ announceSetupCode, ohif: hasOhif(ohif) ? ohif : undefined },
      pictures: new StoredPictures(store, archive, pictures, (...object) => this.#parts.diary.lookedAt(...object)),
      archive: { open: async (path) => (await Deno.open(pathOf(path), { read: true })).readable },
      dicomTls: {
        info: () => identity.dicomTls.info(dicom.ports.tlsPort),
        rsaAuthority: () => identity.dicomTls.rsaAuthority(),
        keepAuthorities: (pem) => identity.dicomTls.keepAuthorities(pem),
      },
      objects: new ObjectReader(pathOf, pictures, {
        correctionOf: (uid) => store.corrections.of(uid),
        machineCharsetOf: (uid) => machineCharsetOf(store, uid),
      }),
      receive: (identity, syntax, from, given) => archive.receive(identity, syntax, from, given),
      box: () => this.info(),
      health: () => health.report(),
      selfTest: () => this.#selfTest(),
      diagnostics: () => this.#diagnostics(),
      measure: () => this.#measure(),
      verifyMachine: (machine) => dicom.echoes.machine(machine),
      verifyDestination: (destination) => dicom.echoes.peer(destination),
      tryPeer: (peer) => tryPeer(peer, () => identity.dicomTls.identity(), (peer) => dicom.echoes.peer(peer)),
      previewWorklist: (machine) => dicom.worklist.preview(machine),
      searchWorklist: (identifier, asker, from) => dicom.worklist.search(identifier, asker, from),
      procedureSteps: dicom.procedureSteps,
      space: () => archive.space(),
      replacement: this.#replacement,
      updates: this.#updates,
      computer: requests && hostState ? new ImageComputer(requests, hostState) : undefined,
      printing: this.#printing,
      log: getLogger(["sonodesk", "web"]),
    };
  }

  /** One at a time: who asks meanwhile hears of the one under way. */
  #selfTest(): Promise<Finding[]> {
    const { store, settings, dicom, health } = this.#parts;
    const { worklistPort, storagePort } = dicom.ports;
    this.#testing ??= examine({
      ...{ store, config: settings.current, health: () => health.report() },
      ports: { worklistPort, storagePort, webPort: this.#port },
    }).finally(() => this.#testing = undefined);
    return this.#testing;
  }

  #diagnostics(): Promise<Uint8Array<ArrayBuffer>> {
    const { store, archive, settings, health, silence } = this.#parts;
    return diagnostics({
      ...{ store, settings, started: this.#started, kernelMessages: this.#config.kernelMessages },
      health: () => health.report(),
      space: () => archive.space(),
      silences: () => silence.silences,
      drives: () => drivesOf(this.#config),
    });
  }

  #measure(): ReturnType<typeof measure> {
    const { store, archive, health, dicom, follower, silence } = this.#parts;
    return measure({
      ...{ store, archive, totals: dicom.journal.totals, operations: dicom.operations },
      health: () => health.report(),
      openAssociations: () => dicom.listeners.reduce((open, listener) => open + listener.open, 0),
      followed: () => follower.depth,
      silences: () => silence.silences,
      drives: () => drivesOf(this.#config),
    });
  }
}
