import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect } from "node:tls";
import fc from "fast-check";
import { needsRsa } from "../../src/dimse/client_hello.ts";
import { APPLICATION_CONTEXT, ownUserInformation, PduType } from "../../src/dimse/pdu.ts";
import { writeAssociateRequest } from "../../src/dimse/write_pdu.ts";
import { worklistContext } from "../support/worklist_client.ts";
import { Box } from "../support/box.ts";
import { type CertificateFiles, TestAuthority } from "../support/authority.ts";
import { peerTest, run } from "../support/peers.ts";
import { newApiToken } from "../../src/web/sign_ins.ts";
import { PeerServer } from "../support/servers.ts";
import { TlsListener } from "../../src/dimse/tls.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";

const IMAGE = new URL("../../fixtures/dicom/us_rgb.dcm", import.meta.url).pathname;

/** DCMTK's options: its own certificate, or none, and whom it trusts. */
function tls(trusted: string | undefined, own?: CertificateFiles): string[] {
  return [...own ? ["+tls", own.key, own.cert] : ["+tla"], ...trusted ? ["+cf", trusted] : ["-ic"]];
}

async function echo(box: Box, options: string[]): Promise<boolean> {
  return (await run("echoscu", [...options, "-to", "30", "-ta", "30", "127.0.0.1", box.tlsPort])).code === 0;
}

peerTest("DICOM over TLS with the box's own certificate: trusted by its authority, and by nobody else", [
  "echoscu",
  "storescu",
  "openssl",
], async () => {
  await using box = await Box.start({ dicomTls: "on" });
  await using stranger = await TestAuthority.make();
  const authority = `${box.folder}/certificates/authority.crt`;
  const shown = await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/certificate.crt`);
  const pem = await run("openssl", ["x509", "-in", authority, "-outform", "DER"]);
  assert.ok(Buffer.from(await shown.bytes()).equals(Buffer.from(pem.text, "latin1")), "it can be downloaded");
  assert.ok(await echo(box, tls(authority)), "without a certificate of the peer's");
  assert.ok(await echo(box, tls(authority, await stranger.certify("us1"))), "with one that is not asked for");
  assert.ok(!await echo(box, tls(stranger.cert)), "a peer that trusts another authority goes away");
  const { code, text } = await run("storescu", [...tls(authority), "127.0.0.1", box.tlsPort, IMAGE]);
  assert.equal(code, 0, text);
  assert.equal(box.store.instanceFiles.totals().count, 1);
  const plain = await run("echoscu", ["-to", "30", "-ta", "30", "127.0.0.1", box.tlsPort]);
  assert.notEqual(plain.code, 0, "nothing is answered without TLS");
  assert.equal((await run("echoscu", ["127.0.0.1", box.worklistPort])).code, 0, "the plain ports stay");
});

peerTest("DICOM over TLS with certified peers only: right, wrong, expired and missing certificates", [
  "echoscu",
  "openssl",
], async () => {
  await using authority = await TestAuthority.make();
  await using stranger = await TestAuthority.make();
  const own = await authority.certify("box");
  await using box = await Box.start({
    dicomTls: "certified",
    dicomTlsKey: own.key,
    dicomTlsCertificate: own.cert,
    dicomTlsAuthorities: authority.cert,
  });
  assert.ok(await echo(box, tls(authority.cert, await authority.certify("us1"))), "right");
  assert.ok(!await echo(box, tls(authority.cert, await stranger.certify("us2"))), "wrong");
  const expired = await authority.certifyExpired("us3");
  assert.ok(!await echo(box, tls(authority.cert, expired)), "expired");
  assert.ok(!await echo(box, tls(authority.cert)), "missing");
  assert.ok(await echo(box, tls(authority.cert, await authority.certify("us4"))), "and the right one after all that");
});

peerTest(
  "DICOM over TLS: a box whose certificate has expired is refused by its peer",
  ["echoscu", "openssl"],
  async () => {
    await using authority = await TestAuthority.make();
    const expired = await authority.certifyExpired("box");
    await using box = await Box.start({
      dicomTls: "on",
      dicomTlsKey: expired.key,
      dicomTlsCertificate: expired.cert,
    });
    assert.ok(!await echo(box, tls(authority.cert)));
    assert.ok(await echo(box, tls(undefined)), "a peer that does not look is answered");
  },
);

Deno.test("DICOM over TLS: who connects after the certificate was renewed sees the new one, and must still be certified", async () => {
  await using authority = await TestAuthority.make();
  await using stranger = await TestAuthority.make();
  const read = async ({ key, cert }: CertificateFiles) => ({
    key: await Deno.readTextFile(key),
    cert: await Deno.readTextFile(cert),
  });
  const authorities = await Deno.readTextFile(authority.cert);
  const [before, after] = [await read(await authority.certify("before")), await read(await authority.certify("after"))];
  const machine = await read(await authority.certify("us1"));
  const other = await read(await stranger.certify("us2"));
  const listener = await TlsListener.listen({ hostname: "127.0.0.1", port: 0 }, { ...before, authorities }, true);
  const { port } = listener.addr;
  /** Whose certificate a peer with its own sees, once it is let in; undefined where it is sent away. */
  const seenBy = async (own: { key: string; cert: string }) => {
    const socket = connect({ host: "127.0.0.1", port, ca: authorities, ...own, checkServerIdentity: () => undefined });
    const gone = new Promise<undefined>((resolve) => {
      socket.on("error", () => resolve(undefined));
      socket.on("close", () => resolve(undefined));
    });
    socket.resume(); // else its end is not seen
    const letIn = await Promise.race([accepting, gone]);
    const name = letIn && socket.getPeerCertificate().subject.CN;
    if (letIn) accepting = listener.accept();
    letIn?.close();
    socket.destroy();
    return name;
  };
  let accepting = listener.accept();
  assert.equal(await seenBy(machine), "before");
  listener.renew({ ...after, authorities }, true);
  assert.equal(await seenBy(machine), "after");
  assert.equal(await seenBy(other), undefined);
  assert.equal(await seenBy(machine), "after");
  listener.close();
  await assert.rejects(accepting, Deno.errors.BadResource);
});

peerTest("DICOM over TLS: what speaks something else is closed, and the others go on", ["echoscu"], async () => {
  await using box = await Box.start({ dicomTls: "on" });
  await using silent = await ScriptedPeer.connect(box.tlsPort);
  await using plain = await ScriptedPeer.connect(box.tlsPort);
  await plain.send("01 00 00 00 00 04 00 00 00 00");
  assert.notEqual((await plain.pdu().catch(() => undefined))?.type, 2, "no association without TLS");
  assert.ok(await echo(box, tls(undefined)));
  silent.close();
});

peerTest("DICOM over TLS: authorities that are given on the page hold from the next start, and it starts without too", [
  "echoscu",
  "openssl",
], async () => {
  await using authority = await TestAuthority.make();
  const data = await Deno.makeTempDir({ prefix: "sonodesk-box-" });
  const first = await Box.start({ data });
  // as the settings page keeps them
  first.store.settings.set("SONODESK_DICOM_TLS", "certified");
  await first.appliance.stop();
  const second = await Box.start({ data });
  assert.equal(second.appliance.ports.tlsPort, undefined, "nobody could be let in");
  assert.equal((await run("echoscu", ["127.0.0.1", second.worklistPort])).code, 0, "the box itself works");
  await second.appliance.stop();
  await Deno.mkdir(`${data}/certificates`, { recursive: true });
  await Deno.copyFile(authority.cert, `${data}/certificates/dicom-authorities.crt`);
  await using box = await Box.start({ data });
  assert.ok(await echo(box, tls(undefined, await authority.certify("us1"))), "right");
  assert.ok(!await echo(box, tls(undefined)), "missing");
});

Deno.test("DICOM over TLS: settings that cannot work say what to do", async () => {
  const data = await Deno.makeTempDir({ prefix: "sonodesk-box-" });
  await assert.rejects(Box.start({ data, dicomTls: "certified" }), /set SONODESK_DICOM_TLS_AUTHORITIES/);
  const missing = { data, dicomTls: "on", dicomTlsKey: "/nowhere.key", dicomTlsCertificate: "/nowhere.crt" } as const;
  await assert.rejects(Box.start(missing), /Cannot read .*nowhere.* check the file/);
  await Deno.remove(data, { recursive: true });
});

peerTest("DICOM over TLS: where no authorities are named, what the system trusts counts only under its own name", [
  "openssl",
], async () => {
  await using authority = await TestAuthority.make();
  const { key, cert } = await authority.certify("pacs"); // for 127.0.0.1
  const identity = { key: await Deno.readTextFile(key), cert: await Deno.readTextFile(cert) };
  const listener = await TlsListener.listen({ hostname: "127.0.0.1", port: 0 }, identity, false);
  const module = new URL("../../src/dimse/tls.ts", import.meta.url).href;
  /** Calls in a process of its own, for which the test's authority is one that the system trusts. */
  const call = async (address: string, authorities?: string) => {
    const code = `
      const { connectTls } = await import(${JSON.stringify(module)});
      const identity = ${JSON.stringify({ ...identity, authorities })};
      const peer = { address: ${JSON.stringify(address)}, port: ${listener.addr.port} };
      await connectTls(peer, identity, new AbortController().signal)
        .then(() => console.log("connected"), (error) => console.log("refused:", error.message));
      Deno.exit();`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", code],
      env: { DENO_CERT: authority.cert, DENO_TLS_CA_STORE: "mozilla" },
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  assert.equal(await call("127.0.0.1"), "connected");
  assert.match(await call("localhost"), /^refused: .*(name|altnames)/i);
  assert.equal(await call("localhost", await Deno.readTextFile(authority.cert)), "connected", "of a named authority");
  listener.close();
});

peerTest("DICOM over TLS: a machine that is set so is called over it", ["storescp", "openssl"], async () => {
  await using authority = await TestAuthority.make();
  const [own, theirs] = [await authority.certify("box"), await authority.certify("us1")];
  await using box = await Box.start({
    dicomTlsKey: own.key,
    dicomTlsCertificate: own.cert,
    dicomTlsAuthorities: authority.cert,
  });
  await using machine = await PeerServer.start(
    "storescp",
    (port, folder) => ["+tls", theirs.key, theirs.cert, "+cf", authority.cert, "-od", folder, port],
  );
  const { id } = box.store.machines.add({
    ...{ aeTitle: "US1", name: "US 1", address: "127.0.0.1", port: Number(machine.port), admitted: true },
  });
  const { token, tokenHash } = newApiToken();
  box.store.users.add({ username: "admin", displayName: "", role: "admin", passwordHash: "none" });
  box.store.apiTokens.add(
    { name: "t", role: "admin", readOnly: false, createdBy: "admin", expiresAt: null },
    tokenHash,
  );
  const verify = async () => {
    const answer = await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/api/machines/${id}/verify`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    return await answer.json();
  };
  assert.equal((await verify()).ok, false, "it answers nobody without TLS");
  box.store.machines.change(id, { tls: true });
  assert.deepEqual((await verify()).ok, true);
});

/** What openssl's client sees: who the certificate is for, whether its chain is good, and whether it is agreed. */
async function seen(port: string | number, ...args: string[]) {
  const command = ["s_client", "-connect", `127.0.0.1:${port}`, ...args];
  const { stdout, stderr } = await new Deno.Command("openssl", { args: command, stdin: "null" }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const key = /Server public key is (\d+) bit/.exec(text)?.[1];
  return {
    key: key === "256" ? "ECDSA" : key === "2048" ? "RSA" : key,
    isVerified: /Verify return code: 0/.test(text),
    text,
  };
}

const ONLY_RSA = [["-sigalgs", "rsa_pss_rsae_sha256:RSA+SHA256"], [
  "-tls1_2",
  "-cipher",
  "ECDHE-RSA-AES128-GCM-SHA256",
]];
const WITH_ECDSA = [[], ["-sigalgs", "ECDSA+SHA256"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], [
  "-tls1_2",
]];

peerTest("DICOM over TLS: machines that know RSA alone see such a certificate, of an authority they can follow", [
  "openssl",
], async () => {
  await using box = await Box.start({ dicomTls: "on" });
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
  const file = async (path: string) => {
    const name = `${box.folder}${path}`;
    await Deno.writeFile(name, await (await fetch(address + path)).bytes());
    return name;
  };
  const [own, rsa] = [await file("/certificate.pem"), await file("/certificate-rsa.pem")];
  for (const options of WITH_ECDSA) {
    const { key, isVerified, text } = await seen(box.tlsPort, ...options, "-CAfile", own);
    assert.deepEqual([key, isVerified], ["ECDSA", true], `${options.join(" ")}: ${text}`);
  }
  for (const options of ONLY_RSA) {
    const { key, isVerified, text } = await seen(box.tlsPort, ...options, "-CAfile", rsa);
    assert.deepEqual([key, isVerified], ["RSA", true], `${options.join(" ")}: ${text}`);
  }

  const client = new Deno.Command("openssl", {
    args: ["s_client", "-quiet", "-connect", `127.0.0.1:${box.tlsPort}`, "-CAfile", rsa, ...ONLY_RSA[0]!],
    ...{ stdin: "piped", stdout: "piped", stderr: "null" },
  }).spawn();
  const writer = client.stdin.getWriter();
  await writer.write(writeAssociateRequest({
    ...{ calledAeTitle: "STORESCP", callingAeTitle: "OLD", applicationContext: APPLICATION_CONTEXT },
    ...{ contexts: worklistContext(), user: ownUserInformation(16384) },
  }));
  const { value } = await client.stdout.getReader().read();
  assert.equal(value?.[0], PduType.ASSOCIATE_AC, "and is answered");
  client.kill("SIGKILL");
  await client.status;
  const machine = await box.until("it was heard", () => box.store.machines.findByAeTitle("OLD"));
  assert.equal(machine.address, "127.0.0.1");
});

peerTest("DICOM over TLS: the certificate is chosen also where a peer's first word comes byte by byte, or is none", [
  "openssl",
], async () => {
  await using box = await Box.start({ dicomTls: "on" });
  using proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const slowly = async () => {
    for await (const near of proxy) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: Number(box.tlsPort) });
      far.setNoDelay(true);
      void far.readable.pipeTo(near.writable).catch(() => {});
      const bytes = new Uint8Array(65536);
      let first = true;
      for (let count = await near.read(bytes); count !== null; count = await near.read(bytes).catch(() => null)) {
        const pieces = first
          ? Array.from({ length: count }, (_, n) => bytes.subarray(n, n + 1))
          : [bytes.subarray(0, count)];
        for (const piece of pieces) await far.write(piece);
        first = false;
      }
      try {
        far.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error; // closed by the pipe
      }
    }
  };
  const proxying = slowly();
  assert.equal((await seen(proxy.addr.port, ...ONLY_RSA[0]!)).key, "RSA");
  assert.equal((await seen(proxy.addr.port)).key, "ECDSA");
  proxy.close();
  await proxying;
  // what is no TLS is sent away, and others are answered
  const peer = await ScriptedPeer.connect(box.tlsPort);
  await peer.send("01 00 000000ff 0001");
  assert.notEqual((await peer.pdu().catch(() => undefined))?.type, PduType.ASSOCIATE_AC);
  peer.close();
  const silent = await ScriptedPeer.connect(box.tlsPort);
  assert.equal((await seen(box.tlsPort)).key, "ECDSA");
  silent.close();
});

peerTest("DICOM over TLS: files that say who the box is are all that anybody sees", ["openssl"], async () => {
  await using authority = await TestAuthority.make();
  const own = await authority.certify("box");
  await using box = await Box.start({ dicomTls: "on", dicomTlsKey: own.key, dicomTlsCertificate: own.cert });
  const answer = await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/certificate-rsa.pem`);
  await answer.body?.cancel();
  assert.equal(answer.status, 404);
  assert.ok(await echo(box, tls(authority.cert)));
});

Deno.test("DICOM over TLS: which certificate a peer needs is told of any bytes, and never before they have come", () => {
  const seed = Number(Deno.env.get("SONODESK_SEED")) || Date.now() & 0x7fffffff;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (rest) => {
      const record = Buffer.concat([Buffer.from([22, 3, 1, rest.length >> 8, rest.length & 0xff]), rest]);
      assert.equal(typeof needsRsa(record), "boolean");
      for (const cut of [0, 3, 5, record.length - 1]) {
        if (cut < record.length) assert.equal(needsRsa(record.subarray(0, cut)), undefined);
      }
    }),
    { numRuns: 500, seed },
  );
});
