import assert from "node:assert/strict";
import { Canvas } from "../../src/simulator/canvas.ts";
import { type Elements, fromFile } from "../../src/simulator/dicom_object.ts";
import { CAPTION_ROWS, drawCaption } from "../../src/simulator/machine_screen.ts";
import { decodeRunLength } from "../../src/simulator/run_length.ts";
import { simulateCommand } from "../../src/simulator/command.ts";
import { type Summary, VirtualMachine } from "../../src/simulator/machine.ts";
import { freePort, listens } from "../support/ports.ts";
import { until } from "../support/until.ts";

interface Patient {
  name: string;
  id: string;
  sex: string;
  accession: string;
  study: string;
  characterSet?: string;
}

const PRIYA: Patient = {
  name: "शर्मा^प्रिया",
  id: "SD-1001",
  sex: "F",
  accession: "A100",
  study: "2.25.311111111111111111111111111111111111",
  characterSet: "ISO_IR 192",
};
const JOSE: Patient = { name: "Garcia^Jose", id: "SD-1002", sex: "M", accession: "A101", study: "2.25.3222222222" };

function worklistDump(patient: Patient): string {
  return [
    `(0008,0005) CS ${patient.characterSet ?? "ISO_IR 100"}`,
    `(0008,0050) SH ${patient.accession}`,
    "(0008,0090) PN Iyer^Meera",
    `(0010,0010) PN ${patient.name}`,
    `(0010,0020) LO ${patient.id}`,
    "(0010,0030) DA 19940312",
    `(0010,0040) CS ${patient.sex}`,
    `(0020,000d) UI ${patient.study}`,
    "(0032,1032) PN Iyer^Meera",
    "(0032,1060) LO Obstetric scan",
    "(0040,0100) SQ",
    "  (fffe,e000) na",
    "  (0008,0060) CS US",
    "  (0040,0001) AE VIRTUAL-US",
    "  (0040,0002) DA 20260302",
    "  (0040,0003) TM 093000",
    "  (0040,0006) PN Iyer^Meera",
    "  (0040,0007) LO Obstetric scan",
    `  (0040,0009) SH SPS${patient.id}`,
    "  (fffe,e00d) na",
    "(fffe,e0dd) na",
    `(0040,1001) SH RP${patient.id}`,
    "(0040,1003) SH ROUTINE",
  ].join("\n") + "\n";
}

async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, { args, stdout: "piped", stderr: "piped" }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** DCMTK's worklist and storage servers with these patients on the list, for as long as `use` runs. */
async function withServers(
  patients: Patient[],
  use: (
    servers: { worklistPort: number; storagePort: number; received: () => string[]; worklist: string },
  ) => Promise<void>,
  storageOptions: string[] = ["+xa"],
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const worklist = `${folder}/worklist/STORESCP`;
  const received = `${folder}/received`;
  await Deno.mkdir(worklist, { recursive: true });
  await Deno.mkdir(received);
  await Deno.writeTextFile(`${worklist}/lockfile`, "");
  for (const patient of patients) await addToWorklist(worklist, patient);

  const [worklistPort, storagePort] = [freePort(), freePort()].map(Number) as [number, number];
  const quiet = { stdout: "null", stderr: "null" } as const;
  const servers = [
    new Deno.Command("wlmscpfs", {
      args: ["--keep-char-set", "-dfp", `${folder}/worklist`, String(worklistPort)],
      ...quiet,
    }).spawn(),
    new Deno.Command("storescp", { args: [...storageOptions, "-od", received, String(storagePort)], ...quiet }).spawn(),
  ];
  try {
    await Promise.all([
      until("it listens", () => listens(worklistPort)),
      until("it listens", () => listens(storagePort)),
    ]);
    const files = () => [...Deno.readDirSync(received)].map((entry) => `${received}/${entry.name}`);
    await use({ worklistPort, storagePort, received: files, worklist });
  } finally {
    for (const server of servers) server.kill("SIGKILL");
    await Promise.all(servers.map((server) => server.status));
    await Deno.remove(folder, { recursive: true });
  }
}

async function addToWorklist(worklist: string, patient: Patient): Promise<void> {
  await Deno.writeTextFile(`${worklist}/${patient.id}.dump`, worklistDump(patient));
  const problems = await run("dump2dcm", `${worklist}/${patient.id}.dump`, `${worklist}/${patient.id}.part`);
  assert.doesNotMatch(problems, /^E:/m);
  // The server must not see half a file.
  await Deno.rename(`${worklist}/${patient.id}.part`, `${worklist}/${patient.id}.wl`);
}

function objects(files: string[]): { elements: Elements; transferSyntax: string; file: string }[] {
  return files.map((file) => ({ ...fromFile(Deno.readFileSync(file)), file }));
}

function alphabetic(name: unknown): string {
  return String((Array.isArray(name) ? name[0] : name).Alphabetic);
}

Deno.test("the machine scans who is on the list and sends valid objects with that identity", async () => {
  await withServers([PRIYA, JOSE], async ({ worklistPort, storagePort, received }) => {
    const lines: string[] = [];
    const machine = new VirtualMachine({
      host: "127.0.0.1",
      worklistPort,
      storagePort,
      date: "20260302",
      scanSeconds: 0,
      once: true,
      log: (line) => lines.push(line),
    });
    const summary = await machine.run();
    assert.deepEqual(summary, { found: 2, examined: 2, accepted: 7, failures: [] } satisfies Summary, lines.join("\n"));
    assert.ok(lines.some((line) => line.endsWith("ultrasound list: 2 patients")), lines.join("\n"));
    assert.ok(lines.includes("Sent 4 objects for शर्मा^प्रिया: all accepted"), lines.join("\n"));

    for (const file of received()) {
      const problems = (await run("dciodvfy", file)).split("\n").filter((line) => line.startsWith("Error"));
      assert.deepEqual(problems, [], file);
    }

    const all = objects(received());
    assert.equal(new Set(all.map(({ elements }) => elements.SOPInstanceUID)).size, 7);
    for (const patient of [PRIYA, JOSE]) {
      const own = all.filter(({ elements }) => elements.StudyInstanceUID === patient.study);
      for (const { elements } of own) {
        assert.equal(alphabetic(elements.PatientName), patient.name);
        assert.equal(elements.PatientID, patient.id);
        assert.equal(elements.PatientSex, patient.sex);
        assert.equal(elements.PatientBirthDate, "19940312");
        assert.equal(elements.AccessionNumber, patient.accession);
        assert.equal(elements.SpecificCharacterSet, "ISO_IR 192");
        assert.match(String(elements.SOPInstanceUID), /^2\.25\.\d{1,39}$/);
      }
      const images = own.filter(({ elements }) => elements.Modality === "US");
      assert.deepEqual(images.map(({ transferSyntax }) => transferSyntax).sort(), [
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.5",
      ]);
      assert.equal(new Set(images.map(({ elements }) => elements.SeriesInstanceUID)).size, 1);
      assert.deepEqual(images.map(({ elements }) => Number(elements.InstanceNumber)).sort(), [1, 2, 3]);
      const reports = own.filter(({ elements }) => elements.Modality === "SR");
      assert.equal(reports.length, patient.sex === "F" ? 1 : 0);
      assert.ok(!images.some(({ elements }) => elements.SeriesInstanceUID === reports[0]?.elements.SeriesInstanceUID));
    }
  });
});

Deno.test("the pictures that arrive can be decoded and bear the patient's name and the moment", async () => {
  const kavya = { ...PRIYA, name: "Réddy^Kavya", id: "SD-1010" };
  await withServers([kavya], async ({ worklistPort, storagePort, received }) => {
    const options = { host: "127.0.0.1", worklistPort, storagePort, scanSeconds: 0, date: "20260302", once: true };
    await new VirtualMachine(options).run();
    const images = objects(received()).filter(({ elements }) => elements.Modality === "US");

    const stills = images.filter(({ elements }) => elements.NumberOfFrames === undefined);
    assert.equal(stills.length, 2);
    for (const { elements, file } of stills) {
      assert.doesNotMatch(await run("dcm2pnm", "+on", file, `${file}.png`), /^[EF]:/m);
      const [width, height] = [Number(elements.Columns), Number(elements.Rows)];
      const [bytes] = elements.PixelData as ArrayBuffer[] | [ArrayBuffer];
      const data = new Uint8Array(bytes ?? elements.PixelData as ArrayBuffer);
      const pixels = data.length === width * height * 3 ? data : decodeRunLength(data, width * height);
      const expected = new Canvas(width, CAPTION_ROWS);
      const [date, time] = [String(elements.ContentDate), String(elements.ContentTime)];
      drawCaption(expected, { patientName: "REDDY^KAVYA", patientId: "SD-1010", date, time });
      assert.deepEqual(pixels.subarray(0, expected.pixels.length), expected.pixels);
    }

    const [cine] = images.filter(({ elements }) => elements.NumberOfFrames !== undefined);
    // The offset table and one fragment a frame.
    const fragments = Number(cine!.elements.NumberOfFrames) + 1;
    assert.match(await run("dcmdump", cine!.file), new RegExp(`PixelSequence #=${fragments}\\)`));
    assert.doesNotMatch(await run("dcmdjpeg", cine!.file, `${cine!.file}.raw`), /^[EF]:/m);
  });
});

Deno.test("the machine looks again and finds who came later, and examines nobody twice", async () => {
  await withServers([JOSE], async ({ worklistPort, storagePort, received, worklist }) => {
    const stop = new AbortController();
    const lines: string[] = [];
    const machine = new VirtualMachine({
      host: "127.0.0.1",
      worklistPort,
      storagePort,
      date: "20260302",
      pollSeconds: 0.05,
      scanSeconds: 0,
      // Should the second patient never be found, the test must still end.
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(60_000)]),
      log: (line) => {
        lines.push(line);
        if (line.startsWith("Sent") && line.includes("Garcia")) void addToWorklist(worklist, PRIYA);
        if (line.startsWith("Sent") && line.includes("शर्मा")) stop.abort();
      },
    });
    const summary = await machine.run();
    assert.deepEqual([summary.found, summary.examined, summary.accepted], [2, 2, 7], lines.join("\n"));
    assert.equal(received().length, 7);
  });
});

Deno.test("a storage server that refuses a transfer syntax is told of by name, the rest arrives", async () => {
  // Without +xa, storescp takes uncompressed objects only.
  await withServers([PRIYA], async ({ worklistPort, storagePort, received }) => {
    const summary = await new VirtualMachine({
      host: "127.0.0.1",
      worklistPort,
      storagePort,
      scanSeconds: 0,
      date: "20260302",
      once: true,
    }).run();
    assert.deepEqual([summary.examined, summary.accepted, summary.failures.length], [0, 2, 2]);
    assert.match(
      summary.failures[0]!,
      /Cannot store the RLE still of .*does not accept .* as 1\.2\.840\.10008\.1\.2\.5/,
    );
    assert.equal(received().length, 2);
  }, []);
});

Deno.test("a patient whose objects could not be sent is tried again when the storage server is back", async () => {
  await withServers([JOSE], async ({ worklistPort }) => {
    const storagePort = Number(freePort());
    const folder = await Deno.makeTempDir();
    let late: Deno.ChildProcess | undefined;
    const stop = new AbortController();
    try {
      const summary = await new VirtualMachine({
        host: "127.0.0.1",
        worklistPort,
        storagePort,
        date: "20260302",
        pollSeconds: 0.05,
        scanSeconds: 0,
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(60_000)]),
        log: (line) => {
          if (line.startsWith("Sent 3 objects")) stop.abort();
          if (!line.startsWith("Sent 0 of 3") || late !== undefined) return;
          const args = ["+xa", "-od", folder, String(storagePort)];
          late = new Deno.Command("storescp", { args, stdout: "null", stderr: "null" }).spawn();
        },
      }).run();
      assert.deepEqual([summary.found, summary.examined, summary.accepted], [1, 1, 3]);
      assert.match(summary.failures[0]!, /nothing listens on port/);
      assert.equal([...Deno.readDirSync(folder)].length, 3);
    } finally {
      late?.kill("SIGKILL");
      await late?.status;
      await Deno.remove(folder, { recursive: true });
    }
  });
});

/** What the command prints, out and errors together, and its exit code. */
async function command(...args: string[]): Promise<{ code: number; text: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { simulateCommand } from ${
        JSON.stringify(new URL("../../src/simulator/command.ts", import.meta.url).href)
      };
       Deno.exit(await simulateCommand(Deno.args));`,
      "--",
      ...args,
    ],
    cwd: new URL("../../", import.meta.url),
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await child.output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("the command proves a box with --once: words for people, exit code 0", async () => {
  await withServers([PRIYA], async ({ worklistPort, storagePort, received }) => {
    const ports = ["--worklist-port", String(worklistPort), "--storage-port", String(storagePort)];
    const { code, text } = await command(...ports, "--date", "2026-03-02", "--once");
    assert.equal(code, 0, text);
    assert.match(text, /Asked STORESCP at 127\.0\.0\.1:\d+ for the 20260302 ultrasound list: 1 patient\n/);
    assert.match(text, /Sent 4 objects for शर्मा\^प्रिया: all accepted/);
    assert.equal(received().length, 4);

    const empty = await command(...ports, "--date", "1999-01-01", "--once");
    assert.equal(empty.code, 1);
    assert.match(empty.text, /Nobody is on the list/);

    const stranger = await command(...ports, "--ae-title", "NOBODY", "--once");
    assert.equal(stranger.code, 1);
    assert.match(stranger.text, /nobody there is called NOBODY, check the AE title/);
  });
});

Deno.test("with nothing listening the command says so and exits with 1", async () => {
  const port = Number(freePort());
  const { code, text } = await command("--worklist-port", String(port), "--storage-port", String(port), "--once");
  assert.equal(code, 1, text);
  assert.equal(
    text.trim(),
    `Cannot reach STORESCP at 127.0.0.1:${port}: nothing listens on port ${port}, ` +
      "check that it is running and the port is right",
  );
});

Deno.test("a port that speaks no DICOM ends in a sentence, not in a crash", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
      connection.close();
    }
  })();
  try {
    const { code, text } = await command("--worklist-port", String(port), "--storage-port", String(port), "--once");
    assert.equal(code, 1, text);
    assert.match(text, new RegExp(`^Cannot talk to STORESCP at 127\\.0\\.0\\.1:${port}: `));
    assert.equal(text.trim().split("\n").length, 1, text);
  } finally {
    listener.close();
    await serving;
  }
});

Deno.test("wrong arguments are refused by name", async () => {
  const printed: string[] = [];
  const { error } = console;
  console.error = (line: string) => printed.push(line);
  try {
    assert.equal(await simulateCommand(["--worklist-port", "0"]), 2);
    assert.equal(await simulateCommand(["--ae-title", "FAR-TOO-LONG-AE-TITLE"]), 2);
    assert.equal(await simulateCommand(["--date", "tomorrow"]), 2);
    assert.equal(await simulateCommand(["--colour"]), 2);
  } finally {
    console.error = error;
  }
  assert.match(printed[0]!, /--worklist-port 0/);
  assert.match(printed[1]!, /AE title is 1 to 16/);
  assert.match(printed[2]!, /YYYY-MM-DD/);
  assert.match(printed[3]!, /--colour/);
});
