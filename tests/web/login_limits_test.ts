import assert from "node:assert/strict";
import { networkOf } from "../../src/web/ipv6.ts";
import { LoginLimits } from "../../src/web/login_limits.ts";

Deno.test("Login limits: waits double, end after five minutes at most, and a success clears them", () => {
  let now = 0;
  const limits = new LoginLimits({ now: () => now });
  const waits: number[] = [];
  for (let n = 0; n < 16; n++) {
    const wait = limits.begin("asha", "10.0.0.9");
    waits.push(wait);
    if (wait > 0) {
      now += wait * 1000;
      assert.equal(limits.begin("asha", "10.0.0.9"), 0);
    }
  }
  assert.deepEqual(waits.slice(0, 5), [0, 0, 0, 0, 0]);
  assert.deepEqual(waits.slice(5, 9), [2, 4, 8, 16]);
  assert.equal(Math.max(...waits), 300);
  assert.equal(limits.begin("asha", "10.0.0.10"), 0, "the same name elsewhere");
  now += 300_000;
  assert.equal(limits.begin("asha", "10.0.0.9"), 0);
  limits.succeeded("asha", "10.0.0.9");
  assert.equal(limits.begin("asha", "10.0.0.9"), 0);
});

Deno.test("Login limits: an address that tries many names is slowed, and memory stays bounded", () => {
  const limits = new LoginLimits({ now: () => 0, most: 100 });
  const waits = Array.from({ length: 60 }, (_, n) => limits.begin(`name ${n}`, "10.0.0.9"));
  assert.equal(waits[40], 0);
  assert.ok(waits[59]! > 0);
});

Deno.test("Login limits: a computer that takes a new IPv6 address for each try is slowed too, and nobody of another network", () => {
  const limits = new LoginLimits({ now: () => 0 });
  const begin = (n: number) => limits.begin("asha", `2001:db8:1:2::${n.toString(16)}`);
  const waits = Array.from({ length: 250 }, (_, n) => begin(n + 1));
  assert.equal(waits[150], 0, "a clinic's own computers are in one network too");
  assert.ok(waits[249]! > 0);
  assert.equal(limits.begin("asha", "2001:db8:1:3::1"), 0);
  assert.equal(limits.begin("asha", "192.168.1.20"), 0);
});

Deno.test("Login limits: who signs in gives its network the try back", () => {
  const limits = new LoginLimits({ now: () => 0 });
  for (let n = 1; n <= 1000; n++) {
    const address = `2001:db8:1:2::${n.toString(16)}`;
    assert.equal(limits.begin("asha", address), 0);
    limits.succeeded("asha", address);
  }
});

Deno.test("The network of an IPv6 address is its first 64 bits, however it is written", () => {
  // RFC 5952 2.1 to 2.3: one address in several ways
  for (const address of ["2001:db8::aaaa:0:0:1", "2001:0DB8:0:0:aaaa::1", "2001:db8:0::aaaa:0:0:1"]) {
    assert.equal(networkOf(address), "2001:db8:0:0");
  }
  assert.equal(networkOf("fe80::1%eth0"), "fe80:0:0:0");
  assert.equal(networkOf("::1"), "0:0:0:0");
  assert.equal(networkOf("1::"), "1:0:0:0");
  assert.equal(networkOf("192.168.1.20"), undefined);
});
