// Numbers as people type them: 0,3 is 0.3, as in most of Europe and Latin America, and 1,500 is 1500 where 1.5 is not meant.
const PLAIN = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;
const GROUPED = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/;

// Reads a text; gives a number, or undefined if it is none.
export function readNumber(text, highest) {
  const typed = text.replace(/[\s_]/g, "").replace("\u2212", "-");
  if (GROUPED.test(typed)) {
    const grouped = Number(typed.replaceAll(",", ""));
    if (highest >= 1000 && grouped <= highest) return grouped;
  }
  return PLAIN.test(typed) ? Number(typed.replace(",", ".")) : undefined;
}
