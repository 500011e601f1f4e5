/** What the keys write: rows of keys separated by spaces, plain and with capitals. A language is added here, by data. */
export interface Layout {
  name: string;
  plain: string[];
  capital: string[];
  /** What is shifted are capitals, with which names begin. */
  cased?: boolean;
}

/** Letters by language; every page offers all of them. */
export const LETTERS: Record<string, Layout> = {
  en: {
    name: "abc",
    plain: ["q w e r t y u i o p", "a s d f g h j k l", "z x c v b n m"],
    capital: ["Q W E R T Y U I O P", "A S D F G H J K L", "Z X C V B N M"],
    cased: true,
  },
  // InScript, as India's standard has it
  hi: {
    name: "कखग",
    plain: ["ौ ै ा ी ू ब ह ग द ज ड ़", "ो े ् ि ु प र क त च ट", "ॉ ृ ं म न व ल स य"],
    capital: ["औ ऐ आ ई ऊ भ ङ घ ध झ ढ ञ", "ओ ए अ इ उ फ ऱ ख थ छ ठ", "ऑ ऋ ँ ण ः ॠ ळ श ष"],
  },
};

/** Digits and signs. */
export const SIGNS: Layout = {
  name: "123",
  plain: ["1 2 3 4 5 6 7 8 9 0", "@ # - _ & + ( ) /", "* \" ' : ; ! ? = %"],
  capital: ["1 2 3 4 5 6 7 8 9 0", "[ ] { } < > ^ ~ |", "\\ € ₹ $ § ° … – ·"],
};

/** For ages, ports and telephone numbers. */
export const DIGITS = ["1 2 3", "4 5 6", "7 8 9"];
