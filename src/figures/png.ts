import { crc32 } from 'node:zlib';
import { Resvg } from '@resvg/resvg-js';
import { FACES } from './fonts.js';

/** For print. */
export const DOTS_PER_INCH = 300;

/** A drawing as an image of its physical size on white, in the figures' own fonts. */
export function pngOf(svg: string): Uint8Array {
  const image = new Resvg(svg, {
    background: 'white',
    fitTo: { mode: 'zoom', value: DOTS_PER_INCH / 72 },
    dpi: 72,
    font: {
      loadSystemFonts: false,
      fontFiles: Object.values(FACES).map(({ path }) => path),
      defaultFontFamily: FACES.roman.family,
    },
  });
  return withResolution(image.render().asPng());
}

/** Signature, and the chunk IHDR, which is first in every PNG. */
const HEADER_BYTES = 33;
const METRES_PER_INCH = 0.0254;

/** Says how large the image is on paper, in the chunk pHYs: dots per metre across and down. */
function withResolution(png: Buffer): Buffer {
  const chunk = Buffer.alloc(21);
  chunk.writeUInt32BE(9, 0);
  chunk.write('pHYs', 4, 'latin1');
  const perMetre = Math.round(DOTS_PER_INCH / METRES_PER_INCH);
  chunk.writeUInt32BE(perMetre, 8);
  chunk.writeUInt32BE(perMetre, 12);
  chunk.writeUInt8(1, 16);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 17)), 17);
  return Buffer.concat([png.subarray(0, HEADER_BYTES), chunk, png.subarray(HEADER_BYTES)]);
}
