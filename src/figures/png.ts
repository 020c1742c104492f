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
  return image.render().asPng();
}
