/**
 * An S3 server for the tests, as a program of its own: it has dependencies that nobody else should install, so it has a
 * configuration and a lock of its own too. Arguments: the folder it stores in, and the bucket. Prints its port.
 */
import { createRequire } from "node:module";

// it makes the tokens of its pages with DES, which neither Deno nor a current OpenSSL has; to us they mean nothing
const crypto = createRequire(import.meta.url)("node:crypto");
for (const name of ["createCipheriv", "createDecipheriv"]) {
  const original = crypto[name];
  const twice = (bytes: Uint8Array) => new Uint8Array([...bytes, ...bytes]);
  crypto[name] = (cipher: string, key: Uint8Array, iv: Uint8Array) =>
    cipher === "des" ? original("aes-128-cbc", twice(key), twice(iv)) : original(cipher, key, iv);
}

const { default: S3rver } = await import("s3rver");
const [directory, bucket] = Deno.args;
const server = new S3rver({
  port: 0,
  address: "127.0.0.1",
  silent: true,
  directory,
  configureBuckets: [{ name: bucket }],
});
const { port } = await server.run();
console.log(port);
