/*
 * How clinics call their tables and columns, the likeliest first. Names are compared in small letters without what stands
 * between words: `firstName`, `first_name` and `FIRST NAME` are one. A name that begins with `*` is the end of one.
 */

export const PATIENT_TABLES = ["patients", "patient", "*patients", "*patient", "patientmaster", "people", "persons"]
  .concat("person", "clients", "customers", "patientdetails", "*patientmaster");
export const APPOINTMENT_TABLES = ["appointments", "appointment", "bookings", "booking", "visits", "visit"]
  .concat("encounters", "encounter", "schedule", "schedules", "slots", "*appointments", "*appointment", "*bookings")
  .concat("*visits", "*visit", "opd", "opdvisits", "tokens", "queue");
export const STAFF_TABLES = [
  "users",
  "user",
  "staff",
  "accounts",
  "logins",
  "employees",
  "appusers",
  "*users",
  "*user",
];

export const PATIENT_IDS = ["mrn", "uhid", "patientid", "patientno", "patientnumber", "patientcode", "hospitalno"]
  .concat("hospitalid", "hospitalnumber", "regno", "registrationno", "registrationnumber", "crno", "fileno")
  .concat("filenumber", "medicalrecordnumber", "mrno", "mrnumber", "uid", "code");
export const FIRST_NAMES = ["firstname", "fname", "givenname", "forename", "first"];
export const MIDDLE_NAMES = ["middlename", "mname", "middle"];
export const LAST_NAMES = ["lastname", "lname", "surname", "familyname", "last"];
export const WHOLE_NAMES = ["fullname", "name", "patientname", "displayname", "title", "label", "*name"];
export const BIRTH_DATES = ["birthdate", "dob", "dateofbirth", "birthday", "bdate", "born", "*dob", "*birthdate"];
export const AGES = ["age", "ageyears", "ageinyears", "patientage"];
export const GENDERS = ["gender", "sex", "patientgender", "patientsex", "gendercode", "sexcode"];
export const PHONES = [
  "phone",
  "mobile",
  "phonenumber",
  "mobileno",
  "mobilenumber",
  "contact",
  "contactno",
  "telephone",
]
  .concat("phoneno", "contactnumber");
export const DELETED = ["deletedat", "isdeleted", "deleted", "deletedon", "isremoved", "removed", "removedat"]
  .concat("archivedat", "isarchived");

export const PATIENT_LINKS = ["patientid", "patient", "patientfk", "pid", "personid", "clientid"];
export const MOMENTS = ["appointmentdatetime", "datetime", "scheduledat", "startsat", "starttime", "startat", "start"]
  .concat("appointmenttime", "appointmentat", "slotstart", "scheduledfor", "scheduledtime", "visitdatetime")
  .concat("bookedfor", "appointmentdate", "date", "visitdate", "time");
export const DAYS = ["date", "appointmentdate", "visitdate", "scheduleddate", "bookingdate", "day", "onday", "apptdate"]
  .concat("slotdate", "*date");
export const TIMES = ["time", "appointmenttime", "visittime", "scheduledtime", "starttime", "slottime", "appttime"]
  .concat("timeslot", "slot", "slotno", "slotnumber", "token", "tokenno", "queueno", "*time");
export const DOCTORS = ["doctor", "doctorid", "doctorname", "consultant", "consultantid", "consultantname", "physician"]
  .concat("physicianid", "provider", "providerid", "practitionerid", "drname", "dr", "staffid", "doctorfk");
export const SERVICES = [
  "department",
  "departmentid",
  "service",
  "serviceid",
  "servicename",
  "servicecode",
  "departmentcode",
  "deptcode",
  "dept",
]
  .concat("deptid", "procedure", "procedureid", "study", "investigation", "appointmenttype", "visittype", "type")
  .concat("modality", "speciality", "specialty", "category", "reason");
export const STATUSES = ["status", "state", "appointmentstatus", "bookingstatus", "visitstatus", "statusname"];
export const BRANCHES = ["branchid", "branch", "clinicid", "locationid", "location", "centerid", "centreid", "siteid"]
  .concat("facilityid", "unitid");
export const MARKS = ["mwlsent"];
export const ACCESSIONS = ["accessionnumber", "accessionno", "accession"];

export const USERNAMES = ["username", "login", "loginname", "email", "userid", "emailaddress"];
export const PASSWORDS = ["passwordhash", "password", "pwdhash", "hashedpassword", "passwd", "pwd", "hash"];
export const ROLES = ["role", "roleid", "rolename", "usertype", "usertypeid", "type"];
export const ACTIVE = ["isactive", "active", "enabled", "isenabled"];
export const DISABLED = ["disabled", "isdisabled", "locked", "islocked", "blocked", "inactive", "deletedat"];

/** A name as it is compared. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
}

/** How well a name fits a list: 0 is the best; undefined for not at all. */
export function fit(name: string, wanted: readonly string[]): number | undefined {
  const said = plain(name);
  const at = wanted.findIndex((one) => one.startsWith("*") ? said.endsWith(one.slice(1)) : said === one);
  return at === -1 ? undefined : at;
}

/** Tables whose words say who sees a patient, and what for. */
export const DOCTOR_TABLES = ["doctors", "doctor", "practitioners", "providers", "physicians", "consultants"];
export const SERVICE_TABLES = ["services", "service", "departments", "department", "procedures", "investigations"];
