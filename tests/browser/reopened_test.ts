import assert from "node:assert/strict";
import { newUid } from "../../src/dicom/uid.ts";
import type { ProcedureStep } from "../../src/store/procedure_steps.ts";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, useCookie } from "./chromium.ts";
import { choose, pane, row } from "./desk.ts";

peerTest("Kiosk: an examination that a machine opens again is shown as one, on the board and in what happened", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  box.addMachine("US-1", "1");
  const { id, studyInstanceUid } = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const step = (): ProcedureStep => ({
    ...{ sopInstanceUid: newUid(), appointmentId: id, studyInstanceUid, aeTitle: "US-1", status: "IN PROGRESS" },
    ...{ patientId: "P-1", patientName: "Rao^Asha", reason: "", attributes: new Uint8Array() },
  });
  const first = step();
  box.store.procedureSteps.begin(first);
  box.store.procedureSteps.update({ ...first, status: "COMPLETED" }, []);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("receptionist"));
  await page.goto(box.address);
  await choose(page, id);
  await row(page, id).getByText(/^Completed/).first().waitFor();
  const second = step();
  box.store.procedureSteps.begin(second);
  await row(page, id).getByText(/^Opened again \d\d:\d\d$/).waitFor();
  await pane(page, id).getByText("opened again on US-1").waitFor();
  box.store.procedureSteps.update({ ...second, status: "COMPLETED" }, []);
  await row(page, id).getByText(/^Completed/).first().waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
