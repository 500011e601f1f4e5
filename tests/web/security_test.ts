import assert from "node:assert/strict";
import { TestBox } from "../support/web_box.ts";

Deno.test("Security: strict headers on pages, answers and refusals alike", async () => {
  const box = await TestBox.start();
  for (const path of ["/", "/settings", "/healthz", "/api/appointments", "/nothing", "/vendor/preact.ts"]) {
    const answer = await box.fetch(path);
    await answer.body?.cancel();
    const policy = answer.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.equal(/unsafe|\*|http/.test(policy), false, policy);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(answer.headers.get("referrer-policy"), "no-referrer", path);
  }
  await box.stop();
});

Deno.test("Security: pages have no inline script, style or handler, which the policy would block", async () => {
  const box = await TestBox.start();
  for (const path of ["/", "/settings"]) {
    const html = await (await box.fetch(path)).text();
    assert.equal(/<script(?![^>]*\bsrc=)/.test(html), false, path);
    assert.equal(/<style|\sstyle=|\son\w+=/.test(html), false, path);
    for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      assert.match(address!, /^\//, "nothing from elsewhere");
      const answer = await box.fetch(address!);
      await answer.body?.cancel();
      assert.equal(answer.status, 200, address);
    }
  }
  await box.stop();
});

Deno.test("Security: a write from another site's page is refused, from the box's own or a program it passes", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const write = async (headers: Record<string, string>) => {
    const answer = await box.fetch("/api/machines", {
      cookie,
      headers,
      body: { aeTitle: crypto.randomUUID().slice(0, 16) },
    });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await write({}), 201);
  assert.equal(await write({ origin: box.address }), 201);
  for (const origin of ["http://evil.example", "null", `http://127.0.0.1:${box.port + 1}`, "rubbish"]) {
    assert.equal(await write({ origin }), 403, origin);
  }
  assert.equal(await write({ "sec-fetch-site": "cross-site" }), 403);
  await box.stop();
});

/** A raw request: `fetch` would tidy the path before sending it. */
async function rawGet(port: number, path: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`));
  return await new Response(connection.readable).text();
}

Deno.test("Security: no path leads out of the pages' folder", async () => {
  const box = await TestBox.start();
  for (
    const path of [
      "/kiosk/../../deno.json",
      "/kiosk/%2e%2e/%2e%2e/deno.json",
      "/kiosk/..%2f..%2fdeno.json",
      "/kiosk/..%5c..%5cdeno.json",
      "/shared//../../../deno.json",
      "/kiosk/%00main.ts",
      "/kiosk/.../deno.json",
      "/vendor/../../deno.json",
      "/vendor/constructor.ts",
      "/vendor/__proto__.ts",
      "/kiosk/main.ts/../../../deno.json",
      "/kiosk/",
      "/shared",
    ]
  ) {
    const answer = await rawGet(box.port, path);
    assert.match(answer, /^HTTP\/1\.1 (404|400|405) /, path);
    assert.equal(answer.includes('"imports"'), false, path);
  }
  await box.stop();
});

Deno.test("Server: a port in use is named, with what to do", async () => {
  const box = await TestBox.start();
  await assert.rejects(
    TestBox.start({ port: box.port }),
    new RegExp(`Cannot listen on port ${box.port} for the web page: another program uses it, .*SONODESK_WEB_PORT`),
  );
  await box.stop();
});
