/** Decimal String (PS3.5 6.2). */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** Whether a value is a number as DICOM writes it. */
export function isDecimal(value: string): boolean {
  return DECIMAL.test(value);
}

/** Whether a measurement's value is a number, and not a day or a code that looks like one. */
export function isNumber({ value, context }: { value: string; context: Record<string, string> }): boolean {
  return isDecimal(value) && (context.valueType === undefined || context.valueType === "TEXT");
}
