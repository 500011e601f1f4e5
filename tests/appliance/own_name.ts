/** The program's own look at its name, until it is another than the computer's; that it prints. */
import { LanNames } from "../../src/host/network.ts";

const names = new LanNames();
const end = performance.now() + 120_000;
while (!/-[0-9]+[.]local$/.test(names.hostName) && performance.now() < end) {
  await names.look();
  await new Promise((resolve) => setTimeout(resolve, 500));
}
console.log(names.hostName);
