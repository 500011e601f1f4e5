import { alertRoutes } from "./api/alerts.ts";
import { appointmentChangeRoutes } from "./api/appointment_changes.ts";
import { appointmentRoutes } from "./api/appointments.ts";
import { attentionRoutes } from "./api/attention.ts";
import { auditRoutes } from "./api/audit.ts";
import { boxRoutes } from "./api/box.ts";
import { certificateRoutes } from "./api/certificate.ts";
import { clinicRoutes } from "./api/clinic.ts";
import { webhookRoutes } from "./api/webhook.ts";
import { clinicMappingRoutes } from "./api/clinic_mapping.ts";
import { computerRoutes } from "./api/computer.ts";
import { touchRoutes } from "./api/computer_touch.ts";
import { wifiRoutes } from "./api/computer_wifi.ts";
import { destinationRoutes } from "./api/destinations.ts";
import { diagnosticsRoutes } from "./api/diagnostics.ts";
import { dicomSecurityRoutes } from "./api/dicom_security.ts";
import { dicomWebRoutes } from "./api/dicomweb.ts";
import { draftRoutes } from "./api/drafts.ts";
import { eventRoutes } from "./api/events.ts";
import { healthRoutes } from "./api/health.ts";
import { instanceRoutes } from "./api/instances.ts";
import { linkRoutes } from "./api/links.ts";
import { logRoutes } from "./api/logs.ts";
import { machineDiaryRoutes } from "./api/machine_diary.ts";
import { machineRecordingRoutes } from "./api/machine_recordings.ts";
import { machineRoutes } from "./api/machines.ts";
import { maintenanceRoutes } from "./api/maintenance.ts";
import { measurementRoutes } from "./api/measurements.ts";
import { metricsRoutes } from "./api/metrics.ts";
import { pageRoutes } from "./api/pages.ts";
import { patientRoutes } from "./api/patients.ts";
import { printingRoutes } from "./api/printing.ts";
import { procedureStepRoutes } from "./api/procedure_steps.ts";
import { replacementRoutes } from "./api/replacement.ts";
import { roomRoutes } from "./api/rooms.ts";
import { searchRoutes } from "./api/search.ts";
import { selfTestRoutes } from "./api/self_test.ts";
import { sessionRoutes } from "./api/session.ts";
import { setAsideRoutes } from "./api/set_aside.ts";
import { settingRoutes } from "./api/settings.ts";
import { setupRoutes } from "./api/setup.ts";
import { studyRoutes } from "./api/studies.ts";
import { timeZoneRoutes } from "./api/time_zones.ts";
import { tokenRoutes } from "./api/tokens.ts";
import { updateRoutes } from "./api/update.ts";
import { userRoutes } from "./api/users.ts";
import { openApiRoute } from "./api/openapi.ts";

const described = [
  ...pageRoutes,
  ...boxRoutes,
  ...healthRoutes,
  ...selfTestRoutes,
  ...linkRoutes,
  ...alertRoutes,
  ...metricsRoutes,
  ...sessionRoutes,
  ...eventRoutes,
  ...appointmentRoutes,
  ...appointmentChangeRoutes,
  ...draftRoutes,
  ...searchRoutes,
  ...roomRoutes,
  ...studyRoutes,
  ...instanceRoutes,
  ...measurementRoutes,
  ...machineRoutes,
  ...machineDiaryRoutes,
  ...machineRecordingRoutes,
  ...procedureStepRoutes,
  ...destinationRoutes,
  ...dicomSecurityRoutes,
  ...dicomWebRoutes,
  ...userRoutes,
  ...setupRoutes,
  ...settingRoutes,
  ...timeZoneRoutes,
  ...tokenRoutes,
  ...auditRoutes,
  ...diagnosticsRoutes,
  ...maintenanceRoutes,
  ...replacementRoutes,
  ...setAsideRoutes,
  ...logRoutes,
  ...updateRoutes,
  ...computerRoutes,
  ...wifiRoutes,
  ...touchRoutes,
  ...printingRoutes,
  ...certificateRoutes,
  ...patientRoutes,
  ...attentionRoutes,
  ...clinicRoutes,
  ...webhookRoutes,
  ...clinicMappingRoutes,
];

/** Every route of the box, once. */
export const ROUTES = [...described, openApiRoute(described)];
