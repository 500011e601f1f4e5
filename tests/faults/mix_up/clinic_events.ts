import type { Events, Life } from "./life.ts";
import type { Human } from "./people.ts";

/** What the clinic's own program does in its database. */
export const CLINIC_EVENTS: Events = [
  [4, "the clinic books", books],
  [1, "the clinic corrects a person", corrects],
  [1, "the clinic merges two ids of one", merges],
  [2, "the clinic gives a booking to another", reassigns],
  [0.7, "the clinic cancels", (life) => onBooking(life, (id) => life.clinic.cancel(id))],
  [0.5, "the clinic deletes a booking", (life) => onBooking(life, (id) => life.clinic.remove(id))],
  [0.7, "the clinic's database is copied", async (life) => {
    await life.clinic.copy();
    return "";
  }],
  [0.7, "the clinic's database is brought back", restores],
  [6, "a box links with the clinic", links],
];

async function books(life: Life): Promise<string> {
  const { random, world, clinic } = life;
  const human = world.humans.length < 3 || random.chance(0.5) ? world.born() : random.pick(world.humans);
  const has = idInClinic(life, human);
  // now and then nobody finds that they were here before
  const id = has === undefined || random.chance(0.2) ? await clinic.register(human) : has;
  const booked = await clinic.book(id, random.chance(0.85) ? 0 : 1);
  return `${booked} for ${human.key} as ${id}, ${nameOf(human)}, born ${human.birthDate}`;
}

async function corrects(life: Life): Promise<string | undefined> {
  const { random, world, clinic } = life;
  const human = registered(life);
  if (human === undefined) return undefined;
  const name = human.names.at(-1)!;
  const { names } = random.pick(world.humans);
  const [newName, birthDate] = random.pick(
    [
      [name, random.pick(["1990-05-17", "1990-05-18", "1969-07-20"])],
      [{ ...name, last: names[0]!.last }, human.birthDate],
      [{ ...name, first: names[0]!.first }, human.birthDate],
    ] as const,
  );
  if (!world.correct(human, newName, birthDate)) return undefined;
  await clinic.correct(human);
  return `${human.key} to ${nameOf(human)}, born ${human.birthDate}`;
}

async function merges({ random, world, clinic }: Life): Promise<string | undefined> {
  const several = world.humans.map((human) => [...human.ids].filter((id) => clinic.owners.get(id) === human))
    .filter((ids) => ids.length > 1);
  if (several.length === 0) return undefined;
  const [gone, kept] = random.pick(several) as [string, string];
  return `${gone} into ${kept}${await clinic.merge(gone, kept) ? "" : ", and the row of the first stays"}`;
}

async function reassigns(life: Life): Promise<string | undefined> {
  const other = registered(life);
  if (other === undefined) return undefined;
  const id = idInClinic(life, other)!;
  return await onBooking(life, async (appointmentId) => {
    await life.clinic.reassign(appointmentId, id);
    for (const boxId of await life.clinic.boxIdsOf(appointmentId)) life.walkIns.delete(boxId);
  }, `${id} of ${other.key}`);
}

async function onBooking(
  { random, clinic }: Life,
  change: (id: string) => Promise<void>,
  more = "",
): Promise<string | undefined> {
  const appointments = await clinic.appointments();
  if (appointments.length === 0) return undefined;
  const { id, patientId } = random.pick(appointments);
  await change(id);
  return `${id} of ${patientId} ${more}`;
}

async function restores(life: Life): Promise<string | undefined> {
  if (!life.clinic.hasCopy) return undefined;
  await life.clinic.restore();
  for (const box of life.boxes) for (const sent of life.oracle.objectsOf(box)) life.beforeRestore.add(sent);
  return "";
}

async function links(life: Life): Promise<string> {
  const box = life.box();
  await box.link(life.clinic.url);
  await life.learn();
  return box.name;
}

function registered(life: Life): Human | undefined {
  const known = life.world.humans.filter((human) => idInClinic(life, human) !== undefined);
  return known.length === 0 ? undefined : life.random.pick(known);
}

function idInClinic({ clinic }: Life, human: Human): string | undefined {
  return [...human.ids].find((id) => clinic.owners.get(id) === human);
}

export function nameOf({ names }: Human): string {
  const { last, first } = names.at(-1)!;
  return `${last.written} ${first.written}`;
}
