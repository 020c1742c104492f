/**
 * Arrays of float64 or float32 with their names, and texts, in the safetensors format: 8 bytes with the length of a JSON header, the header,
 * the numbers, little-endian. PyTorch, NumPy and others open such a file.
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
  for (const [name, array] of Object.entries(arrays)) {
    const dtype = array instanceof Float32Array ? 'F32' : 'F64';
    header[name] = { dtype, shape: shapes[name] ?? [array.length], data_offsets: [end, end + array.byteLength] };
    end += array.byteLength;
  }
  const text = JSON.stringify(header);
  const padding = ' '.repeat((LENGTH_BYTES - (Buffer.byteLength(text) % LENGTH_BYTES)) % LENGTH_BYTES);
  const head = Buffer.from(text + padding);
  const bytes = Buffer.alloc(LENGTH_BYTES + head.length + end);
  bytes.writeBigUInt64LE(BigInt(head.length), 0);
  head.copy(bytes, LENGTH_BYTES);
  let at = LENGTH_BYTES + head.length;
  for (const array of Object.values(arrays)) {
    if (array instanceof Float32Array) for (const value of array) at = bytes.writeFloatLE(value, at);
    else for (const value of array) at = bytes.writeDoubleLE(value, at);
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
    const [from, to] = offsets.map((offset) => start + offset) as [number, number];
    if (dtype === 'F64') return [name, readDoubles(view, from, to)] as const;
    if (dtype === 'F32') return [name, readFloats(view, from, to)] as const;
    throw new RangeError(`${name} has type ${dtype}; only F64 and F32 are read`);
  });
  return { metadata, arrays: Object.fromEntries(arrays) };
}

const readDoubles = (view: Buffer, from: number, to: number) =>
  Float64Array.from({ length: (to - from) / 8 }, (_, i) => view.readDoubleLE(from + 8 * i));

const readFloats = (view: Buffer, from: number, to: number) =>
  Float32Array.from({ length: (to - from) / 4 }, (_, i) => view.readFloatLE(from + 4 * i));
