import anyAscii from "any-ascii";

/** A text with the digits of every script as those of ASCII: ९८७ becomes 987. */
export function withPlainDigits(text: string): string {
  return text.replaceAll(/\p{Nd}/gu, (digit) => anyAscii(digit));
}

/**
 * Whether a text shows anything: not spaces, joiners, marks of direction and other signs without a shape (Unicode's
 * Default_Ignorable_Code_Point), nor the empty Braille cell alone.
 */
export function isVisible(text: string): boolean {
  return /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
}
