/**
 * Arrays with their names, and texts, in the safetensors format: 8 bytes with the length of a JSON header, the header, the numbers,
 * little-endian. PyTorch, NumPy and others open such a file.
 */
export interface Tensors {
  /** Keys and texts, the format's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** In row-major order. */
  readonly arrays: Readonly<Record<string, Float64Array | Float32Array>>;
}

const LENGTH_BYTES = 8;
const METADATA = '__metadata__';

/** @param shapes of arrays that have more than one axis, by name */
export function encodeTensors(
  { metadata, arrays }: Tensors,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): Uint8Array {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let end = 0;
  for (const [name, { length, BYTES_PER_ELEMENT }] of Object.entries(arrays)) {
    const start = end;
    end += BYTES_PER_ELEMENT * length;
    header[name] = {
      dtype: BYTES_PER_ELEMENT === 4 ? 'F32' : 'F64',
      shape: shapes[name] ?? [length],
      data_offsets: [start, end],
    };
  }
  const text = JSON.stringify(header);
  const padding = ' '.repeat((LENGTH_BYTES - (Buffer.byteLength(text) % LENGTH_BYTES)) % LENGTH_BYTES);
  const head = Buffer.from(text + padding);
  const bytes = Buffer.alloc(LENGTH_BYTES + head.length + end);
  bytes.writeBigUInt64LE(BigInt(head.length), 0);
  head.copy(bytes, LENGTH_BYTES);
  let at = LENGTH_BYTES + head.length;
  for (const array of Object.values(arrays)) {
    const single = array.BYTES_PER_ELEMENT === 4;
    for (const value of array) at = single ? bytes.writeFloatLE(value, at) : bytes.writeDoubleLE(value, at);
  }
  return bytes;
}

/** @throws Error if the bytes are not such a file */
export function decodeTensors(bytes: Uint8Array): Tensors {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = LENGTH_BYTES + Number(view.readBigUInt64LE(0));
  const { [METADATA]: metadata = {}, ...entries } = JSON.parse(view.toString('utf8', LENGTH_BYTES, start));
  const arrays = Object.entries(entries).map(([name, entry]) => {
    const { dtype, data_offsets: offsets } = entry as { dtype: string; data_offsets: [number, number] };
    const [from, to] = [start + offsets[0], start + offsets[1]];
    if (dtype === 'F32') {
      return [name, Float32Array.from({ length: (to - from) / 4 }, (_, i) => view.readFloatLE(from + 4 * i))] as const;
    }
    if (dtype !== 'F64') throw new RangeError(`${name} has type ${dtype}; only F32 and F64 are read`);
    return [name, Float64Array.from({ length: (to - from) / 8 }, (_, i) => view.readDoubleLE(from + 8 * i))] as const;
  });
  return { metadata, arrays: Object.fromEntries(arrays) };
}
