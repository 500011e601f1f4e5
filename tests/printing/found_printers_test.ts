import assert from "node:assert/strict";
import { printersIn } from "../../src/printing/found_printers.ts";

Deno.test("Printers: those that avahi finds are listed once each, by the names that people gave them", () => {
  const browsed = [
    "+;lan;IPv4;HP\\032LaserJet;_ipp._tcp;local",
    '=;lan;IPv4;HP\\032LaserJet\\032M404\\032\\0404F\\041;_ipp._tcp;local;HP4F.local;192.168.1.30;631;"txtvers=1" "rp=ipp/print" "ty=HP LaserJet M404" "note=Reception; first floor" "pdl=application/pdf,image/urf"',
    '=;lan;IPv6;HP\\032LaserJet\\032M404\\032\\0404F\\041;_ipp._tcp;local;HP4F.local;fe80::1;631;"txtvers=1" "rp=ipp/print" "ty=HP LaserJet M404"',
    '=;lan;IPv4;\\224\\164\\149\\224\\164\\170\\046A\\.B;_ipp._tcp;local;canon.local;192.168.1.31;8631;"rp=/printers/one"',
    '=;lan;IPv4;Odd;_ipp._tcp;local;bad host;192.168.1.32;631;"rp=ipp/print"',
    "=;half",
    "",
  ].join("\n");
  assert.deepEqual(printersIn(browsed), [
    {
      uri: "ipp://HP4F.local:631/ipp/print",
      name: "HP LaserJet M404",
      location: "Reception; first floor",
      by: "network",
    },
    { uri: "ipp://canon.local:8631/printers/one", name: "कप.A.B", location: "", by: "network" },
  ]);
});
