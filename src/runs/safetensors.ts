/**
 * Arrays of float64 with their names, and texts, in the safetensors format: 8 bytes with the length of a JSON header, the header,
 * the numbers, little-endian. PyTorch, NumPy and others open such a file.
 */
export interface Tensors {
  /** Keys and texts, the format's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Each [length]. */
  readonly arrays: Readonly<Record<string, Float64Array>>;
}

const LENGTH_BYTES = 8;
const METADATA = '__metadata__';

export function encodeTensors({ metadata, arrays }: Tensors): Uint8Array {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let end = 0;
  for (const [name, { length }] of Object.entries(arrays)) {
    header[name] = { dtype: 'F64', shape: [length], data_offsets: [end, end + 8 * length] };
    end += 8 * length;
  }
  const text = JSON.stringify(header);
  const padding = ' '.repeat((LENGTH_BYTES - (Buffer.byteLength(text) % LENGTH_BYTES)) % LENGTH_BYTES);
  const head = Buffer.from(text + padding);
  const bytes = Buffer.alloc(LENGTH_BYTES + head.length + end);
  bytes.writeBigUInt64LE(BigInt(head.length), 0);
  head.copy(bytes, LENGTH_BYTES);
  let at = LENGTH_BYTES + head.length;
  for (const array of Object.values(arrays)) for (const value of array) at = bytes.writeDoubleLE(value, at);
  return bytes;
}

/** @throws Error if the bytes are not such a file */
export function decodeTensors(bytes: Uint8Array): Tensors {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = LENGTH_BYTES + Number(view.readBigUInt64LE(0));
  const { [METADATA]: metadata = {}, ...entries } = JSON.parse(view.toString('utf8', LENGTH_BYTES, start));
  const arrays = Object.entries(entries).map(([name, entry]) => {
    const { dtype, data_offsets: offsets } = entry as { dtype: string; data_offsets: [number, number] };
    if (dtype !== 'F64') throw new RangeError(`${name} has type ${dtype}; only F64 is read`);
    const [from, to] = offsets;
    const values = Float64Array.from({ length: (to - from) / 8 }, (_, i) => view.readDoubleLE(start + from + 8 * i));
    return [name, values] as const;
  });
  return { metadata, arrays: Object.fromEntries(arrays) };
}
