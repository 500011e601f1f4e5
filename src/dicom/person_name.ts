/**
 * A DICOM person name from the parts a booking has (PS3.5 6.2, VR PN). The characters that separate components,
 * groups and values cannot stand in a part and become spaces.
 */
export function personNameOf(lastName: string, firstName: string): string {
  const part = (text: string) => text.replaceAll(/[\\^=\p{Cc}]+/gu, " ").trim();
  const [family, given] = [part(lastName), part(firstName)];
  return given === "" ? family : `${family}^${given}`;
}
