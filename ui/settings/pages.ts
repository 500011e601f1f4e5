import type { Box } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import type { VNode } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { Audit } from "./audit.ts";
import { Backup } from "./backup.ts";
import { Clinic } from "./clinic.ts";
import { Computer } from "./computer.ts";
import { Destinations } from "./destinations.ts";
import { DicomSecurity } from "./dicom_security.ts";
import { General } from "./general.ts";
import { Home } from "./home.ts";
import { Logs } from "./logs.ts";
import { Machines } from "./machines.ts";
import { Network } from "./network.ts";
import { Security } from "./security.ts";
import { Storage } from "./storage.ts";
import { Tables } from "./tables.ts";
import { Updates } from "./updates.ts";
import { Users } from "./users.ts";

/** What each page of the settings may show, and whom it tells that machines have changed. */
export interface PageProperties {
  box: Box;
  machines: Machine[];
  onChanged: () => Promise<void>;
}

/** A page goes by the same name in the address, where links to it have been kept. */
export type PageName = keyof typeof text.pages;

export const PAGES: Record<PageName, (properties: PageProperties) => VNode> = {
  home: Home,
  machines: Machines,
  forwarding: Destinations,
  people: Users,
  general: General,
  clinic: Clinic,
  tables: Tables,
  storage: Storage,
  backup: Backup,
  network: Network,
  security: Security,
  dicom: DicomSecurity,
  computer: Computer,
  updates: Updates,
  audit: Audit,
  logs: Logs,
};

type GroupName = keyof typeof text.groups;

/** The menu, in its order, and the pages of each of its entries: the first one opens. A page is added here. */
export const GROUPS: Record<GroupName, { icon: () => VNode; pages: [PageName, ...PageName[]] }> = {
  home: { icon: icons.house, pages: ["home"] },
  machines: { icon: icons.plug, pages: ["machines", "forwarding"] },
  people: { icon: icons.people, pages: ["people"] },
  clinic: { icon: icons.calendar, pages: ["general", "clinic", "tables"] },
  storage: { icon: icons.disk, pages: ["storage", "backup"] },
  network: { icon: icons.network, pages: ["network", "security", "dicom", "computer", "updates"] },
  happened: { icon: icons.book, pages: ["audit", "logs"] },
};

export function groupOf(page: PageName): GroupName {
  const names = Object.keys(GROUPS) as GroupName[];
  return names.find((name) => GROUPS[name].pages.includes(page)) ?? "home";
}

export function isPage(name: string): name is PageName {
  return Object.hasOwn(PAGES, name);
}
