const lock = JSON.parse(Deno.readTextFileSync(new URL("../../deno.lock", import.meta.url)));

interface Package {
  name: string;
  version: string;
  /** Where it is from, as a package URL. */
  url: string;
}

/**
 * What an image is made of, as SPDX 2.3 in JSON: Debian's packages and the program's own.
 *
 * @param debian lines of name, version and architecture with tabs between, as dpkg-query gives them
 * @param time seconds since 1970
 */
export function billOfMaterials(image: string, debian: string, time: number): string {
  const packages = [...debianPackages(debian), ...npmPackages()];
  const id = (index: number) => `SPDXRef-Package-${index + 1}`;
  const document = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: image,
    documentNamespace: `urn:sonodesk:${image}:${time}`,
    creationInfo: { created: new Date(time * 1000).toISOString().replace(".000Z", "Z"), creators: ["Tool: sonodesk"] },
    packages: packages.map(({ name, version, url }, index) => ({
      SPDXID: id(index),
      name,
      versionInfo: version,
      downloadLocation: "NOASSERTION",
      filesAnalyzed: false,
      externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: url }],
    })),
    relationships: packages.map((_, index) => ({
      spdxElementId: "SPDXRef-DOCUMENT",
      relationshipType: "DESCRIBES",
      relatedSpdxElement: id(index),
    })),
  };
  return JSON.stringify(document, null, 1) + "\n";
}

function debianPackages(lines: string): Package[] {
  return lines.trim().split("\n").map((line) => {
    const [name, version, architecture] = line.split("\t") as [string, string, string];
    return { name, version, url: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}` };
  });
}

/** Those that the program is compiled with, and the few that only its tests use: the lock file does not tell. */
function npmPackages(): Package[] {
  return Object.keys(lock.npm).map((key) => {
    const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(key) as unknown as [string, string, string];
    return { name, version, url: `pkg:npm/${name.replace("@", "%40")}@${version}` };
  });
}
