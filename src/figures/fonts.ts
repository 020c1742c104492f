import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';

/** The faces that figures are set in: STIX Two, which stands well beside the Times of papers and has Greek in italics. */
export type Face = 'roman' | 'italic' | 'symbol';

interface FaceFile {
  readonly family: string;
  readonly style: 'normal' | 'italic';
  readonly path: string;
}

const { resolve } = createRequire(import.meta.url);
const file = (path: string): string => resolve(`@expo-google-fonts/${path}.ttf`);

export const FACES: Readonly<Record<Face, FaceFile>> = {
  roman: {
    family: 'STIX Two Text',
    style: 'normal',
    path: file('stix-two-text/400Regular/STIXTwoText_400Regular'),
  },
  italic: {
    family: 'STIX Two Text',
    style: 'italic',
    path: file('stix-two-text/400Regular_Italic/STIXTwoText_400Regular_Italic'),
  },
  symbol: {
    family: 'STIX Two Math',
    style: 'normal',
    path: file('stix-two-math/400Regular/STIXTwoMath_400Regular'),
  },
};

const opened = new Map<Face, Font>();

function font(face: Face): Font {
  const known = opened.get(face);
  if (known) return known;
  const made = create(readFileSync(FACES[face].path));
  // A collection of fonts has no layout of its own; none of the faces is one.
  if (!('layout' in made)) throw new Error(`${FACES[face].path} is not a single font`);
  opened.set(face, made);
  return made;
}

/** Width of a text in units of its size. */
export function widthIn(face: Face, text: string): number {
  const found = font(face);
  return found.layout(text).advanceWidth / found.unitsPerEm;
}

/** The face that has a character: the wanted one, or else that of the symbols. */
export function faceFor(character: string, wanted: 'roman' | 'italic'): Face {
  const code = character.codePointAt(0)!;
  const face = [wanted, 'symbol' as const].find((name) => font(name).hasGlyphForCodePoint(code));
  if (face) return face;
  throw new RangeError(
    `no font of the figures has the character "${character}" (U+${code.toString(16).padStart(4, '0')})`,
  );
}
