import assert from "node:assert/strict";
import { newWebhookSecret } from "../../src/clinic/webhook.ts";
import { VirtualMachine } from "../../src/simulator/machine.ts";
import { ensureAdmin } from "../../src/web/admin.ts";
import { newApiToken } from "../../src/web/sign_ins.ts";
import { Box } from "../support/box.ts";
import { isFile, PYTHON } from "../support/peers.ts";
import { freePort, listens } from "../support/ports.ts";
import { until } from "../support/until.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

const program = new URL("../../docs/examples/clinic_program.py", import.meta.url).pathname;

Deno.test({
  name: "The example of a clinic's program books, sends, follows, hears, and shows the pictures that a machine made",
  ignore: !Object.keys(PYTHON).every(isFile),
  fn: async () => {
    await using server = await PostgresServer.start();
    await using clinic = await FlaskClinic.create(server);
    await clinic.sql`INSERT INTO patients (id, first_name, last_name, birth_date, gender, created_at)
      VALUES ('P1', 'Priya', 'Sharma', '1990-05-17', 'Female', now())`;
    const port = freePort();
    const webhookSecret = newWebhookSecret();
    const webhook = `http://127.0.0.1:${port}/sonodesk`;
    await using box = await Box.start({ clinicDatabaseUrl: clinic.url, webhook, webhookSecret });
    await ensureAdmin(box.store, "anna", "kestrel-42-lantern");
    const { token, tokenHash } = newApiToken();
    box.store.apiTokens.add(
      ...[{
        name: "clinic",
        role: "doctor",
        readOnly: true,
        purpose: "images",
        createdBy: "anna",
        expiresAt: null,
      }] as const,
      tokenHash,
    );
    const flask = new Deno.Command("/usr/bin/python3", {
      args: ["-m", "flask", "--app", program, "run", "--port", port],
      env: {
        DATABASE_URL: clinic.ownerUrl,
        SONODESK_URL: `http://127.0.0.1:${box.appliance.ports.webPort}`,
        SONODESK_TOKEN: token,
        SONODESK_WEBHOOK_SECRET: webhookSecret,
        PYTHONDONTWRITEBYTECODE: "1",
      },
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await until("the program answers", () => listens(port));
      const ask = async (path: string, method = "GET") => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
        if (!answer.ok) assert.fail(`${path}: ${answer.status} ${await answer.text()}`);
        return answer;
      };
      const { appointment } = await (await ask("/patients/P1/appointments", "POST")).json();
      await until("the box has the booking", () => box.store.appointments.find(String(appointment)));
      await ask(`/appointments/${appointment}/send`, "POST");
      await until("it is sent", () => box.store.appointments.get(String(appointment)).status === "sent");
      const { worklistPort, storagePort } = box.appliance.ports;
      const { failures } = await new VirtualMachine({
        ...{ host: "127.0.0.1", worklistPort, storagePort, once: true, scanSeconds: 0 },
      }).run();
      assert.deepEqual(failures, []);
      const { steps, pictures } = await until("the pictures are there", async () => {
        const found = await (await ask(`/appointments/${appointment}`)).json();
        return found.pictures.length > 0 && found.steps.includes("images received") && found;
      });
      assert.deepEqual(steps.slice(0, 2), ["sent", "seen by machine"]);
      assert.deepEqual(pictures.filter(({ attention }: { attention: string }) => attention !== ""), []);
      const heard = await until("the program has heard of a picture", async () => {
        const all: { type: string; data: Record<string, string> }[] = await (await ask("/heard")).json();
        return all.some(({ type }) => type === "image") && all;
      });
      const ways = heard.filter(({ type, data }) =>
        type === "appointment.status" && data.appointment === String(appointment)
      );
      assert.ok(ways.length >= 2);
      assert.equal(heard.find(({ type }) => type === "image")!.data.appointment, String(appointment));
      assert.doesNotMatch(JSON.stringify(heard), /Sharma|Priya/);
      const forged = await fetch(webhook, {
        method: "POST",
        headers: {
          "webhook-id": "1",
          "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
          "webhook-signature": "v1,AAAA",
        },
        body: "{}",
      });
      assert.equal(forged.status, 401, await forged.text());
      const picture = await until("the picture is drawn", async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/pictures/${pictures[0].uid}`);
        if (answer.ok) return answer;
        assert.equal(answer.status, 503, await answer.text());
      });
      assert.match(picture.headers.get("content-type")!, /^image\//);
      assert.ok((await picture.bytes()).length > 500);
    } finally {
      flask.kill("SIGTERM");
      await flask.status;
    }
  },
});
