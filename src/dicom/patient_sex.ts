/** Patient's Sex (0010,0040) from the clinic's word for gender; "" when it says nothing. */
export function sexOf(gender: string): "M" | "F" | "O" | "" {
  const word = gender.trim().toLowerCase();
  if (["m", "male", "man", "boy", "पुरुष"].includes(word)) return "M";
  if (["f", "female", "woman", "girl", "महिला", "स्त्री"].includes(word)) return "F";
  return word === "" || word === "unknown" || word === "u" ? "" : "O";
}
