import { ODDITIES } from "../../dicom/oddity.ts";
import type { MachineOddity } from "../../store/machine_oddities.ts";
import type { Machine } from "../../store/machines.ts";
import type { CopingSetting, DiaryEntry } from "../contract/machines.ts";
import { json, route } from "../route.ts";
import { findMachine } from "./machines.ts";

/** What each machine does that is odd, and what copes with it. */
export const machineDiaryRoutes = [
  route("GET /api/machines/:id/diary", {
    who: "admin",
    summary: "What a machine does that is odd, how often, what copes with it, and what to write to its maker",
    answer: json<DiaryEntry[]>(),
    programs: ["fleet"],
  }, ({ store, params }) => {
    const machine = findMachine(store, params.id);
    return store.machineOddities.of(machine.id).flatMap((oddity) => entryOf(oddity, machine));
  }),

  route("DELETE /api/machines/:id/diary", {
    who: "admin",
    summary: "Begin a machine's diary anew",
    peopleOnly: true,
  }, ({ store, params, by }) => {
    const machine = findMachine(store, params.id);
    store.transaction(() => {
      store.machineOddities.forget(machine.id);
      store.audit.add(by, "machine diary begun anew", `machine ${machine.id}`);
    });
  }),
];

/** None of what another version noted. */
export function entryOf(oddity: MachineOddity, machine: Machine): DiaryEntry[] {
  if (!Object.hasOwn(ODDITIES, oddity.kind)) return [];
  const { standard, forMaker } = ODDITIES[oddity.kind];
  return [{ ...oddity, standard, forMaker, setting: settingFor(oddity, machine) }];
}

/** The setting of a machine that copes with something odd; null where there is none, and the box copes by itself. */
function settingFor({ kind, detail }: MachineOddity, machine: Machine): CopingSetting | null {
  switch (kind) {
    case "charset-undeclared":
      return { name: "characterSet", value: detail, inForce: machine.characterSet !== "" };
    case "query-without-date":
      return { name: "dateWindow", value: 1, inForce: machine.dateWindow !== null };
    case "query-broken-off":
      return { name: "dateWindow", value: 0, inForce: machine.dateWindow === 0 };
    default:
      return null;
  }
}
