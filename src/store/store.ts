import { ApiTokens } from "./api_tokens.ts";
import { AppointmentChanges } from "./appointment_changes.ts";
import { Appointments } from "./appointments.ts";
import { Associations } from "./associations.ts";
import { Attention } from "./attention.ts";
import { AuditEvents } from "./audit_events.ts";
import { Catalogue } from "./catalogue.ts";
import type { Change, ChangeFeed } from "./changes.ts";
import { ClinicBookings } from "./clinic_bookings.ts";
import { Commitments } from "./commitments.ts";
import { Corrections } from "./corrections.ts";
import { Database } from "./database.ts";
import { Decisions } from "./decisions.ts";
import { DicomAccounts } from "./dicom_accounts.ts";
import { DrawingAttempts } from "./drawing_attempts.ts";
import { Destinations } from "./destinations.ts";
import { FetalSex } from "./fetal_sex.ts";
import { ForwardCommitments } from "./forward_commitments.ts";
import { Heartbeat } from "./heartbeat.ts";
import { InstanceFiles } from "./instance_files.ts";
import { Instances } from "./instances.ts";
import { MachineOrigins } from "./machine_origins.ts";
import { MachineOddities } from "./machine_oddities.ts";
import { MachineRecordings } from "./machine_recordings.ts";
import { Machines } from "./machines.ts";
import { Measurements } from "./measurements.ts";
import { Outbox } from "./outbox.ts";
import { Patients } from "./patients.ts";
import { ProcedureSteps } from "./procedure_steps.ts";
import { Reports } from "./reports.ts";
import { ScheduleProblems } from "./schedule_problems.ts";
import { Sessions } from "./sessions.ts";
import { Settings } from "./settings.ts";
import { Drafts } from "./drafts.ts";
import { Stars } from "./stars.ts";
import { SeriesOfStudies } from "./series.ts";
import { Studies } from "./studies.ts";
import { StudyClaims } from "./study_claims.ts";
import { StudyFiling } from "./study_filing.ts";
import { StudyView } from "./study_view.ts";
import { PersonDecisions } from "./person_decisions.ts";
import { PersonStudies } from "./person_studies.ts";
import { FilingEvidence } from "./filing_evidence.ts";
import { PersonKeys } from "./person_keys.ts";
import { PersonSearch } from "./person_search.ts";
import { Visits } from "./visits.ts";
import { Users } from "./users.ts";
import { WebhookMessages } from "./webhook_messages.ts";
import { WorklistItems } from "./worklist_items.ts";
import { WorklistQueries } from "./worklist_queries.ts";

/** The box's memory: one SQLite file, one owner for each table. */
export class Store {
  /** What was committed, for whoever listens. */
  readonly changes: ChangeFeed;
  /** Table `patients`. */
  readonly patients: Patients;
  /** Tables `appointments`, `appointment_steps` and `retired_identities`. */
  readonly appointments: Appointments;
  /** What people change about an appointment. */
  readonly appointmentChanges: AppointmentChanges;
  /** How appointments follow the clinic's schedule. */
  readonly clinicBookings: ClinicBookings;
  /** Table `person_keys`. */
  readonly personKeys: PersonKeys;
  /** By names, numbers and ids. */
  readonly personSearch: PersonSearch;
  /** Who was here when. */
  readonly visits: Visits;
  /** Table `worklist_items`. */
  readonly worklistItems: WorklistItems;
  /** Tables `procedure_steps` and `procedure_step_instances`. */
  readonly procedureSteps: ProcedureSteps;
  /** What query and retrieve see. */
  readonly catalogue: Catalogue;
  /** Tables `commitments` and `commitment_instances`. */
  readonly commitments: Commitments;
  /** Tables `destinations` and `forwards`. */
  readonly destinations: Destinations;
  /** Table `dicom_accounts`. */
  readonly dicomAccounts: DicomAccounts;
  /** Table `drawing_attempts`. */
  readonly drawingAttempts: DrawingAttempts;
  /** Tables `forward_commitments` and `forward_commitment_instances`. */
  readonly forwardCommitments: ForwardCommitments;
  /** Table `worklist_queries`. */
  readonly worklistQueries: WorklistQueries;
  /** Table `machines`. */
  readonly machines: Machines;
  /** Table `machine_oddities`. */
  readonly machineOddities: MachineOddities;
  /** Table `machine_recordings`. */
  readonly machineRecordings: MachineRecordings;
  /** Table `machine_origins`. */
  readonly machineOrigins: MachineOrigins;
  /** Table `series`. */
  readonly series: SeriesOfStudies;
  /** Tables `studies` and `study_appointments`. */
  readonly studies: Studies;
  /** Table `study_claims`. */
  readonly studyClaims: StudyClaims;
  /** Whose what has come is. */
  readonly studyFiling: StudyFiling;
  /** Which studies are a person's. */
  readonly personStudies: PersonStudies;
  /** Tables `instances` and `superseded_instances`. */
  readonly instances: Instances;
  /** Whether files are there and whole. */
  readonly instanceFiles: InstanceFiles;
  /** What people decide about studies. */
  readonly decisions: Decisions;
  /** What people decide about patients. */
  readonly personDecisions: PersonDecisions;
  /** As what objects leave the box. */
  readonly corrections: Corrections;
  /** Table `measurements`. */
  readonly measurements: Measurements;
  /** Tables `reports` and `report_predecessors`. */
  readonly reports: Reports;
  /** Table `drafts`. */
  readonly drafts: Drafts;
  /** Table `webhook_messages`. */
  readonly webhookMessages: WebhookMessages;
  /** Table `stars`. */
  readonly stars: Stars;
  /** Table `outbox`. */
  readonly outbox: Outbox;
  /** Table `users`. */
  readonly users: Users;
  /** Table `sessions`. */
  readonly sessions: Sessions;
  /** Table `settings`. */
  readonly settings: Settings;
  /** Table `api_tokens`. */
  readonly apiTokens: ApiTokens;
  /** Table `schedule_problems`. */
  readonly scheduleProblems: ScheduleProblems;
  /** Table `attention`. */
  readonly attention: Attention;
  /** What may not be told of a fetus's sex. */
  readonly fetalSex: FetalSex;
  /** Tables `audit_events` and `audit_chain`. */
  readonly audit: AuditEvents;
  /** Table `associations`. */
  readonly associations: Associations;
  /** Table `heartbeat`. */
  readonly heartbeat: Heartbeat;
  readonly #database: Database;

  /**
   * Opens the store, made or brought up to date where it must be.
   *
   * @throws StoreUnusable as `Database` does
   */
  constructor(path: string, onListenerError?: (error: unknown) => void) {
    const database = new Database(path, onListenerError);
    this.#database = database;
    this.changes = database.changes;
    this.associations = new Associations(database);
    this.heartbeat = new Heartbeat(database);
    this.outbox = new Outbox(database);
    this.audit = new AuditEvents(database, this.outbox);
    this.attention = new Attention(database);
    this.settings = new Settings(database);
    this.personKeys = new PersonKeys(database);
    this.patients = new Patients(database, this.personKeys, () => this.settings.boxId());
    this.machineOrigins = new MachineOrigins(database);
    this.machineOddities = new MachineOddities(database);
    this.machineRecordings = new MachineRecordings(database);
    this.machines = new Machines(database, this.machineOrigins);
    this.appointments = new Appointments(database, this.patients, this.outbox, this.attention);
    this.clinicBookings = new ClinicBookings(database, this.appointments, this.patients, this.attention);
    this.worklistItems = new WorklistItems(database, this.appointments);
    this.procedureSteps = new ProcedureSteps(database, this.appointments);
    this.destinations = new Destinations(database);
    this.dicomAccounts = new DicomAccounts(database);
    this.drawingAttempts = new DrawingAttempts(database);
    this.forwardCommitments = new ForwardCommitments(database, this.destinations);
    this.catalogue = new Catalogue(database);
    this.commitments = new Commitments(database);
    this.worklistQueries = new WorklistQueries(database);
    this.measurements = new Measurements(database, this.outbox);
    this.reports = new Reports(database);
    this.drafts = new Drafts(database);
    this.webhookMessages = new WebhookMessages(database, this.settings);
    this.stars = new Stars(database);
    this.series = new SeriesOfStudies(database, this.outbox);
    this.studyClaims = new StudyClaims(database);
    this.studies = new Studies(
      database,
      this.series,
      this.studyClaims,
      new StudyView(database, this.measurements, this.attention),
      this.patients,
      this.measurements,
      this.outbox,
    );
    const nouns = {
      ...{ studies: this.studies, series: this.series, claims: this.studyClaims, steps: this.procedureSteps },
      ...{ appointments: this.appointments, patients: this.patients, attention: this.attention, outbox: this.outbox },
      instances: () => this.instances,
      evidence: new FilingEvidence(database, this.appointments, this.patients, this.studyClaims),
    };
    this.personStudies = new PersonStudies(database, nouns);
    this.studyFiling = new StudyFiling(database, { ...nouns, people: this.personStudies });
    this.instanceFiles = new InstanceFiles(database);
    this.instances = new Instances(
      database,
      this.studies,
      this.series,
      this.studyFiling,
      this.appointments,
      this.measurements,
      this.outbox,
      this.audit,
      this.destinations,
      this.reports,
      this.attention,
    );
    this.decisions = new Decisions(database, this);
    this.personDecisions = new PersonDecisions(database, this);
    this.appointmentChanges = new AppointmentChanges(database, this);
    this.corrections = new Corrections(database, this.studies, this.instances);
    this.sessions = new Sessions(database);
    this.users = new Users(database, this.sessions);
    this.personSearch = new PersonSearch(database);
    this.visits = new Visits(database);
    this.scheduleProblems = new ScheduleProblems(database);
    this.fetalSex = new FetalSex(database, this.settings, this.attention, this.studies, this.instances, this.outbox);
    this.apiTokens = new ApiTokens(database);
  }

  /** What SQLite said when a statement found that the file is damaged; undefined while none has. */
  get damage(): string | undefined {
    return this.#database.damage;
  }

  /** Resolves with it. */
  get damaged(): Promise<string> {
    return this.#database.damaged;
  }

  /**
   * Resolves once all that was committed so far outlasts a power cut: whoever tells somebody that something is done waits
   * for it first.
   *
   * @throws Error of the file system
   */
  durable(): Promise<void> {
    return this.#database.durable();
  }

  /** What was committed before this time outlasts a power cut; ISO 8601, as tables have times. */
  get durableSince(): string {
    return this.#database.durableSince;
  }

  /** Whether the store had been closed in good order when it was opened: else the power may have failed. */
  get wasClosed(): boolean {
    return this.#database.wasClosed;
  }

  /** Runs `work` in one transaction over all nouns: all of it or nothing. `work` must not await. */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  /** Tells listeners of a change that is in no table: also where the store cannot be written. */
  announce(change: Change): void {
    this.changes.publish([change]);
  }

  /** The number of the last migration, when migrations ran as far as is known, and how many rows each table has. */
  state(): {
    schema: number;
    migrations: { number: number; name: string; appliedAt: string }[];
    rows: Record<string, number>;
  } {
    const { schema } = this.#database.get<{ schema: number }>(
      `SELECT user_version AS schema FROM pragma_user_version`,
    )!;
    const tables = this.#database.all<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
    );
    const count = (name: string) =>
      this.#database.get<{ rows: number }>(`SELECT count(*) AS rows FROM "${name}"`)!.rows;
    const migrations = this.#database.all<{ number: number; name: string; appliedAt: string }>(
      `SELECT number, name, applied_at AS appliedAt FROM migrations ORDER BY number`,
    );
    return { schema, migrations, rows: Object.fromEntries(tables.map(({ name }) => [name, count(name)])) };
  }

  /** Says that the box was stopped, and closes the file. */
  close(): void {
    this.#database.close();
  }
}
