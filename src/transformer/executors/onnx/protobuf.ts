/** The wire format of Protocol Buffers, as far as ONNX needs it: a message is the concatenation of its fields. */
export type Message = readonly Uint8Array[];

const encoder = new TextEncoder();

enum Wire {
  Varint = 0,
  Length = 2,
  Fixed32 = 5,
}

/** @param value an integer, |value| <= 2^53 - 1; a negative one is written as two's complement of 64 bits */
export function integerField(field: number, value: number): Message {
  return [Uint8Array.from([...tag(field, Wire.Varint), ...varint(BigInt(value))])];
}

/** In float32. */
export function floatField(field: number, value: number): Message {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [Uint8Array.from(tag(field, Wire.Fixed32)), bytes];
}

export function textField(field: number, value: string): Message {
  return bytesField(field, encoder.encode(value));
}

export function bytesField(field: number, value: Uint8Array): Message {
  return messageField(field, [value]);
}

export function messageField(field: number, value: Message): Message {
  const length = value.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.from([...tag(field, Wire.Length), ...varint(BigInt(length))]), ...value];
}

/** The bytes of a whole message. */
export function encode(message: Message): Uint8Array {
  const out = new Uint8Array(message.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of message) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const tag = (field: number, wire: Wire): number[] => varint(BigInt(field * 8 + wire));

/** Seven bits to a byte, the lowest first; the eighth bit says that another follows. */
function varint(value: bigint): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) + 128);
  return [...out, Number(rest)];
}
