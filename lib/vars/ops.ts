// The words of a packed value: native/core/packed_value.h says what each stands for.

export const NULL = 0;
export const FALSE = 1;
export const TRUE = 2;
export const INT32 = 3;
export const NUMBER = 4;
export const BIGINT = 5;
export const STRING = 6;
export const BYTES = 7;
export const LIST = 8;
export const OBJECT = 9;
export const MAP = 10;
export const ENUM = 11;
export const INTS = 12;
export const KNOWN = 13;
export const SHAPE = 14;
export const SAME = 15;

/** A double and its two words; little-endian, as all machines we run on. */
export const double = new Float64Array(1);
export const halves = new Int32Array(double.buffer);
