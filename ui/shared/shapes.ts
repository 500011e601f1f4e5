/**
 * What fields look like, as the box wants them (src/web/api/machines.ts): told while one types, and refused there.
 * Patterns are HTML's, which match the whole value.
 */

/** 1 to 65535. */
export const PORT = {
  inputmode: "numeric",
  maxlength: 5,
  pattern: "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]",
};

/** DICOM's AE (PS3.5 6.2): 16 printable ASCII characters without a backslash, not all of them spaces. */
export const AE_TITLE = {
  maxlength: 16,
  autocapitalize: "characters",
  pattern: "(?=.*[!-~])[ -\\[\\]-~]{1,16}",
};

/** A host name, or an address of IPv4 or IPv6. */
export const HOST = { inputmode: "url", pattern: "[0-9A-Za-z][0-9A-Za-z.\\-]{0,252}|[0-9A-Fa-f:]{2,45}" };

/** DICOM's CS, such as US. */
export const MODALITY = { maxlength: 16, autocapitalize: "characters", pattern: "[A-Z0-9_ ]{1,16}" };
