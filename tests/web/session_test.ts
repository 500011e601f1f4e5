import assert from "node:assert/strict";
import { ensureAdmin } from "../../src/web/admin.ts";
import { isCheckable } from "../../src/password_hash.ts";
import { hashPassword, verifyPassword } from "../../src/web/password.ts";
import { PASSWORD, TestBox } from "../support/web_box.ts";

Deno.test("Password: werkzeug's hashes, scrypt and pbkdf2, verify here", async () => {
  // made with Python's hashlib as werkzeug.security.generate_password_hash does, for "sonodesk"
  const scrypt =
    "scrypt:32768:8:1$Xk3pQ9vTz1LmB7aR$4557490d223bf15c9543b5be4141a268e39f215637017c18064ead46f9839f009195082d3d66c36decd67605bac84d9417e78e07e6f5aa219a91c1a175c96b6c";
  const pbkdf2 =
    "pbkdf2:sha256:600000$Xk3pQ9vTz1LmB7aR$41724040b82fc51e022de6e6480da5afcccc440836a0edf98cac38450dbbc7fc";
  const others = [
    "pbkdf2:sha1:1000$Xk3pQ9vTz1LmB7aR$c95cbcff9c3528913148f374adf2985e403bbc62",
    "pbkdf2:sha512:1000$Xk3pQ9vTz1LmB7aR$5dc6a31e2262bfc5b8c2ad2f9b21669e2f32dc4a32378de69e95f11e27ae8882281c63a8f5ed6978fcc67588e2b1a86c3e88c4e0c326b1499ef7523f8b24160b",
  ];
  for (const hash of [scrypt, pbkdf2, ...others]) {
    assert.equal(await verifyPassword("sonodesk", hash), true, hash);
    assert.equal(await verifyPassword("Sonodesk", hash), false, hash);
  }
});

Deno.test("Password: hashes that Flask-Bcrypt and argon2-cffi wrote fit their passwords", async () => {
  const written = [
    ["geheim ✓", "$2b$10$omghKR6ujWIwLuu/WLz5OOx.NaHlhxCQ..53abu.BiEmM5v9lcMTu"],
    ["x".repeat(100), "$2a$04$xNN9E4wXYbFfSvUNJrScNOe4XfxmygwmVHc4gML1uIjNPx8ImZHC."],
    ["geheim ✓", "$argon2id$v=19$m=102400,t=2,p=8$4eJzwelTqN7WUqny+QMDvg$EY/mTmFev4b64tSDpHAqCQ"],
  ] as const;
  for (const [password, hash] of written) {
    assert.equal(isCheckable(hash), true, hash);
    assert.equal(await verifyPassword(password, hash), true, hash);
    assert.equal(await verifyPassword("geheim", hash), false, hash);
  }
  for (
    const absurd of [
      "$2b$31$omghKR6ujWIwLuu/WLz5OOx.NaHlhxCQ..53abu.BiEmM5v9lcMTu",
      "$argon2id$v=19$m=104857600,t=2,p=8$4eJzwelTqN7WUqny+QMDvg$EY/mTmFev4b64tSDpHAqCQ",
      "$argon2id$v=19$m=102400,t=4000000,p=8$4eJzwelTqN7WUqny+QMDvg$EY/mTmFev4b64tSDpHAqCQ",
      "$argon2id$v=19$m=102400,t=2,p=8$4eJzwelTqA$EY/mTmFev4b64tSDpHAqCQ",
      "$argon2id$v=19$m=102400,t=2,p=8$4eJzwelTqN7WUqny+QMDvg$EY/m",
    ]
  ) {
    assert.equal(isCheckable(absurd), false, absurd);
    assert.equal(await verifyPassword("geheim ✓", absurd), false, absurd);
  }
});

Deno.test("Password: hashes that take much memory are computed one after the other", async () => {
  const argon2 = "$argon2id$v=19$m=102400,t=2,p=8$4eJzwelTqN7WUqny+QMDvg$EY/mTmFev4b64tSDpHAqCQ";
  const threads = { now: 0, most: 0, all: 0 };
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      threads.all += 1;
      threads.most = Math.max(threads.most, ++threads.now);
    }
    override terminate() {
      threads.now -= 1;
      super.terminate();
    }
  };
  try {
    const passwords = ["geheim ✓", "geheim", "geheim ✓"];
    const fit = await Promise.all(passwords.map((password) => verifyPassword(password, argon2)));
    assert.deepEqual(fit, [true, false, true]);
    assert.deepEqual(threads, { now: 0, most: 1, all: 3 });
  } finally {
    globalThis.Worker = Worker;
  }
});

Deno.test("Password: a new hash fits its password only, and no two are alike", async () => {
  const [one, two] = await Promise.all([hashPassword("geheim ✓"), hashPassword("geheim ✓")]);
  assert.notEqual(one, two);
  assert.equal(await verifyPassword("geheim ✓", one!), true);
  assert.equal(await verifyPassword("geheim", one!), false);
});

Deno.test("Password: a hash in an unknown or absurd form fits nothing and throws nothing", async () => {
  const hex = "ab".repeat(64);
  for (
    const hash of [
      "",
      "plain",
      `scrypt:3:8:1$salt$${hex}`,
      `scrypt:1073741824:8:1$salt$${hex}`,
      `scrypt:32768:8:1$$${hex}`,
      `scrypt:32768:8:1$salt$zz`,
      `pbkdf2:md5:1000$salt$${hex}`,
      `pbkdf2:sha256:99999999999$salt$${hex}`,
    ]
  ) {
    assert.equal(await verifyPassword("x", hash), false, hash);
  }
});

Deno.test("Session: the cookie is HttpOnly, SameSite=Strict, for the whole site; the store holds only its hash", async () => {
  const box = await TestBox.start();
  box.addUser("Reception", "receptionist");
  const answer = await box.fetch("/api/session", { body: { username: "reception", password: PASSWORD } });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), {
    username: "Reception",
    displayName: "",
    role: "receptionist",
    permissions: [],
    source: "box",
    pin: false,
    unlocksByPin: false,
  });
  const cookie = answer.headers.get("set-cookie")!;
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/"]) {
    assert.ok(cookie.includes(part), `${part} in ${cookie}`);
  }
  const token = cookie.split(";")[0]!.split("=")[1]!;
  assert.match(token, /^[\w-]{43}$/);
  const file = await Deno.readFile(`${box.folder}/../sonodesk.sqlite-wal`);
  assert.equal(new TextDecoder("latin1").decode(file).includes(token), false);
  await box.stop();
});

Deno.test("Session: a login ends the session before it, a logout its own", async () => {
  const box = await TestBox.start();
  const first = await box.signIn("receptionist");
  const answer = await box.fetch("/api/session", {
    cookie: first,
    body: { username: "receptionist", password: PASSWORD },
  });
  await answer.body?.cancel();
  const second = answer.headers.get("set-cookie")!.split(";")[0]!;
  const status = async (cookie: string) => {
    const answer = await box.fetch("/api/session", { cookie });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.notEqual(first, second);
  assert.equal(await status(first), 401);
  assert.equal(await status(second), 200);
  const out = await box.fetch("/api/session", { cookie: second, method: "DELETE" });
  assert.equal(out.status, 204);
  assert.equal(await status(second), 401);
  await box.stop();
});

Deno.test("Session: wrong password and unknown user are refused alike; after five tries one must wait", async () => {
  const box = await TestBox.start();
  box.addUser("reception", "receptionist");
  const attempt = async (username: string, password: string) => {
    const answer = await box.fetch("/api/session", { body: { username, password } });
    return { status: answer.status, retryAfter: answer.headers.get("retry-after"), body: await answer.json() };
  };
  const wrong = await attempt("reception", "wrong");
  const unknown = await attempt("nobody", "wrong");
  assert.equal(wrong.status, 401);
  assert.deepEqual(wrong.body, unknown.body);
  for (let n = 2; n <= 5; n++) assert.equal((await attempt("reception", "wrong")).status, 401);
  const limited = await attempt("reception", PASSWORD);
  assert.equal(limited.status, 429);
  assert.ok(Number(limited.retryAfter) >= 1);
  // another name at the same address is not locked out
  box.addUser("second", "receptionist");
  assert.equal((await attempt("second", PASSWORD)).status, 200);
  await box.stop();
});

Deno.test("First admin: made once, never overwritten", async () => {
  const box = await TestBox.start();
  assert.equal(await ensureAdmin(box.store, "owner", PASSWORD), true);
  assert.equal(await ensureAdmin(box.store, "owner", "another"), false);
  const answer = await box.fetch("/api/session", { body: { username: "owner", password: PASSWORD } });
  assert.equal((await answer.json()).role, "admin");
  await box.stop();
});

Deno.test("Password: changed by oneself with the old one; other sessions end, and the audit knows", async () => {
  const box = await TestBox.start();
  const [here, elsewhere] = [await box.signIn("doctor"), await box.signIn("doctor")];
  const change = (password: string, newPassword: string) =>
    box.fetch("/api/session/password", { cookie: here, method: "PUT", body: { password, newPassword } });
  const statusOf = async (cookie: string) => {
    const answer = await box.fetch("/api/session", { cookie });
    await answer.body?.cancel();
    return answer.status;
  };
  const chosen = "verandah pickle umbrella";

  const wrong = await change("not it", chosen);
  assert.equal(wrong.status, 403);
  assert.match((await wrong.json()).detail, /^Cannot change the password: the old one is wrong/);
  for (const weak of ["12345678", "short"]) {
    const refused = await change(PASSWORD, weak);
    assert.equal(refused.status, 400);
    assert.deepEqual((await refused.json()).fields.map(({ field }: { field: string }) => field), ["newPassword"]);
  }
  assert.equal(await statusOf(elsewhere), 200);

  const changed = await change(PASSWORD, chosen);
  assert.equal(changed.status, 200);
  assert.equal((await changed.json()).source, "box");
  assert.equal(await statusOf(here), 200);
  assert.equal(await statusOf(elsewhere), 401);
  assert.equal(await verifyPassword(chosen, box.store.users.findByUsername("doctor")!.passwordHash), true);
  assert.deepEqual(box.store.audit.list({ action: "password changed" }, 10).map(({ actor }) => actor), ["doctor"]);
  await box.stop();
});

Deno.test("Password: of a login that is the clinic's it is changed in the clinic's program, and the box says so", async () => {
  const box = await TestBox.start();
  const passwordHash = await hashPassword(PASSWORD);
  box.store.users.add({ username: "doctor", displayName: "", role: "doctor", passwordHash }, "clinic");
  const refused = await box.fetch("/api/session/password", {
    cookie: await box.signIn("doctor"),
    method: "PUT",
    body: { password: PASSWORD, newPassword: "verandah pickle umbrella" },
  });
  assert.equal(refused.status, 409);
  assert.match((await refused.json()).detail, /change it in the clinic's program/);
  await box.stop();
});
