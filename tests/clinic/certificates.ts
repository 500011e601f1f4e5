import { run } from "../support/peers.ts";

/** Files of an authority's certificate, and of a server's that it has signed. */
export interface Certificates {
  authority: string;
  certificate: string;
  key: string;
}

/**
 * Makes an authority and a server's certificate in a folder, with openssl.
 *
 * @param name what the server's certificate is for, `DNS:…` or `IP:…`
 * @param end when it ends: `YYYYMMDDHHMMSSZ`
 */
export async function makeCertificates(
  folder: string,
  name = "DNS:localhost,IP:127.0.0.1",
  end = "20991231235959Z",
): Promise<Certificates> {
  await Deno.mkdir(folder, { recursive: true });
  await openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3650 -subj /CN=Test-CA");
  await openssl(folder, "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=clinic");
  await Deno.writeTextFile(
    `${folder}/ca.conf`,
    `[ca]\ndefault_ca = own\n[own]\nnew_certs_dir = ${folder}\ndatabase = ${folder}/index.txt\nserial = ${folder}/serial
default_md = sha256\npolicy = any\nx509_extensions = server\n[any]\ncommonName = supplied\n[server]
basicConstraints = CA:FALSE\nsubjectAltName = ${name}\n`,
  );
  await Deno.writeTextFile(`${folder}/index.txt`, "");
  await Deno.writeTextFile(`${folder}/serial`, "01");
  await openssl(
    folder,
    `ca -batch -config ca.conf -in server.csr -out server.crt -cert ca.crt -keyfile ca.key -notext ` +
      `-startdate 20200101000000Z -enddate ${end}`,
  );
  return { authority: `${folder}/ca.crt`, certificate: `${folder}/server.crt`, key: `${folder}/server.key` };
}

async function openssl(folder: string, args: string): Promise<void> {
  const { code, text } = await run("openssl", args.split(" "), { cwd: folder });
  if (code !== 0) throw new Error(`openssl ${args}: ${text}`);
}
