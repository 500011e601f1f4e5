/** The media type of a frame in a transfer syntax, or of the whole stream of a video (PS3.18 Table 8.7.3-3 to -5). */
export function pixelMediaType(transferSyntaxUid: string): string {
  const last = transferSyntaxUid.replace(/^1\.2\.840\.10008\.1\.2\.?/, "");
  if (last === "5") return "image/dicom-rle";
  if (/^4\.(5\d|70)$/.test(last)) return "image/jpeg";
  if (/^4\.8[01]$/.test(last)) return "image/jls";
  if (/^4\.9[01]$/.test(last)) return "image/jp2";
  if (/^4\.9[23]$/.test(last)) return "image/jpx";
  if (/^4\.20[1-3]$/.test(last)) return "image/jphc";
  if (/^4\.11[0-2]$/.test(last)) return "image/jxl";
  if (/^4\.10[01](\.1)?$/.test(last)) return "video/mpeg";
  if (/^4\.10[2-8](\.1)?$/.test(last)) return "video/mp4";
  return "application/octet-stream";
}
