/** The fields of a message, as they lie there: numbers, or the bytes of texts and messages. */
export type Fields = readonly (readonly [field: number, value: bigint | Uint8Array])[];

/** Reads the wire format of Protocol Buffers without knowing what it means. */
export function fieldsOf(bytes: Uint8Array): Fields {
  const fields: [number, bigint | Uint8Array][] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value += BigInt(byte % 128) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('the message ends within a field');
    at += length;
    return bytes.slice(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag % 8;
    if (![0, 2, 5].includes(wire)) throw new RangeError(`wire type ${wire}`);
    fields.push([tag >> 3, wire === 0 ? varint() : take(wire === 2 ? Number(varint()) : 4)]);
  }
  return fields;
}

/** All values of a field. */
export const all = (fields: Fields, field: number) => fields.filter(([one]) => one === field).map(([, value]) => value);

/** The message in a field. */
export const within = (fields: Fields, field: number): Fields => fieldsOf(all(fields, field)[0] as Uint8Array);

export const text = (value: bigint | Uint8Array | undefined): string => new TextDecoder().decode(value as Uint8Array);
