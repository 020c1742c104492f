import type { Text } from './figure.js';

/** A piece of a label in one style. */
export interface Run {
  readonly text: string;
  readonly italic: boolean;
  readonly level: Level;
  /** Whether it stands above or below the run before it, as 2 does in x_i^2, and not beside it. */
  readonly stacked: boolean;
}

export type Level = 'base' | 'sub' | 'sup';

/** A blank within mathematics: no renderer collapses or breaks it. */
const BLANK = '\u00a0';

const LOWER_GREEK = namesOf({
  α: 'alpha',
  β: 'beta',
  γ: 'gamma',
  δ: 'delta',
  ϵ: 'epsilon',
  ε: 'varepsilon',
  ζ: 'zeta',
  η: 'eta',
  θ: 'theta',
  κ: 'kappa',
  λ: 'lambda',
  μ: 'mu',
  ν: 'nu',
  ξ: 'xi',
  π: 'pi',
  ρ: 'rho',
  σ: 'sigma',
  τ: 'tau',
  φ: 'varphi',
  ϕ: 'phi',
  χ: 'chi',
  ψ: 'psi',
  ω: 'omega',
});

/** Upright, without space of their own. */
const ORDINARY = namesOf({
  Γ: 'Gamma',
  Δ: 'Delta',
  Θ: 'Theta',
  Λ: 'Lambda',
  Ξ: 'Xi',
  Π: 'Pi',
  Σ: 'Sigma',
  Φ: 'Phi',
  Ψ: 'Psi',
  Ω: 'Omega',
  '∞': 'infty',
  '∂': 'partial',
  ℓ: 'ell',
  '…': 'ldots dots',
  '⌊': 'lfloor',
  '⌋': 'rfloor',
  '⌈': 'lceil',
  '⌉': 'rceil',
  '{': '{',
  '}': '}',
  '%': '%',
  '#': '#',
  '&': '&',
  _: '_',
});

const SPACES = new Map([
  [',', '\u2009'],
  [' ', BLANK],
  [';', BLANK],
  ['quad', BLANK.repeat(4)],
]);

const RELATIONS = namesOf({
  '≤': 'le leq',
  '≥': 'ge geq',
  '≠': 'ne neq',
  '≈': 'approx',
  '∼': 'sim',
  '∝': 'propto',
  '≪': 'll',
  '≫': 'gg',
  '→': 'to rightarrow',
  '←': 'leftarrow',
  '↦': 'mapsto',
  '∈': 'in',
  '∣': 'mid',
});

const OPERATORS = namesOf({ '×': 'times', '·': 'cdot', '±': 'pm' });

const FUNCTIONS = new Set(['log', 'ln', 'exp', 'min', 'max', 'sup', 'inf', 'arg', 'Pr', 'tanh', 'sinh', 'cosh']);

/** Parts of mathematics by how they are spaced. */
type Role = 'letter' | 'ordinary' | 'open' | 'comma' | 'relation' | 'operator' | 'function' | 'space';

interface Atom {
  readonly role: Role;
  readonly text: string;
  readonly level: Level;
  readonly stacked: boolean;
}

/**
 * The runs of a text.
 * @throws RangeError naming the text and what in it is not understood
 */
export function parseText(text: Text): Run[] {
  const parts = text.split('$');
  if (parts.length % 2 === 0) throw new RangeError(`the label "${text}" has a $ without a second one`);
  return joined(parts.flatMap((part, i) => (i % 2 === 0 ? plainRuns(part) : mathRuns(part, text))));
}

function plainRuns(text: string): Run[] {
  return text === '' ? [] : [{ text, italic: false, level: 'base', stacked: false }];
}

function mathRuns(source: string, label: Text): Run[] {
  const atoms = new MathParser(source, label).all();
  return atoms.map((atom, i) => ({
    text: spaced(atom, atoms[i - 1], atoms[i + 1]),
    italic: atom.role === 'letter',
    level: atom.level,
    stacked: atom.stacked,
  }));
}

/** An atom with the blanks that TeX would set around it. There are none in scripts. */
function spaced({ role, text, level }: Atom, before: Atom | undefined, after: Atom | undefined): string {
  if (level !== 'base') return text;
  // A sign has nothing to its left that it could join.
  const joins = before !== undefined && !['open', 'comma', 'relation', 'operator', 'function'].includes(before.role);
  if (role === 'relation' || (role === 'operator' && joins)) return BLANK + text + BLANK;
  const left = role === 'function' && before !== undefined && ['letter', 'ordinary'].includes(before.role) ? BLANK : '';
  const right = role === 'function' && after?.level === 'base' && after.role !== 'open' ? BLANK : '';
  return left + text + (role === 'comma' && after ? BLANK : '') + right;
}

/** Neighbours in the same style become one run. */
function joined(runs: readonly Run[]): Run[] {
  const result: Run[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    const alike = last && last.italic === run.italic && last.level === run.level && last.stacked === run.stacked;
    if (alike) result[result.length - 1] = { ...last, text: last.text + run.text };
    else result.push(run);
  }
  return result;
}

/** Reads what stands between two dollars. */
class MathParser {
  #at = 0;

  constructor(
    readonly source: string,
    readonly label: Text,
  ) {}

  all(): Atom[] {
    const atoms = this.#until(null, 'base');
    if (atoms.length === 0) throw this.#error('nothing between its dollars');
    return atoms;
  }

  /** Atoms up to a closing character, which is consumed, or to the end. */
  #until(close: '}' | null, level: Level): Atom[] {
    const atoms: Atom[] = [];
    while (this.#at < this.source.length) {
      const character = this.source[this.#at++]!;
      if (character === '}' && close === '}') return atoms;
      if (character === '^' || character === '_') atoms.push(...this.#script(character, level, atoms.at(-1)));
      else atoms.push(...this.#atoms(character, level));
    }
    if (close) throw this.#error('a { without its }');
    return atoms;
  }

  #script(sign: '^' | '_', level: Level, before: Atom | undefined): Atom[] {
    if (level !== 'base') throw this.#error('a script within a script');
    const inner = sign === '^' ? 'sup' : 'sub';
    if (before?.level === inner) throw this.#error(`two ${sign} in a row`);
    const stacked = before !== undefined && before.level !== 'base';
    const next = this.source[this.#at++];
    if (next === undefined || '}^_ '.includes(next)) throw this.#error(`a ${sign} with nothing after it`);
    return this.#atoms(next, inner).map((atom) => ({ ...atom, stacked }));
  }

  #atoms(character: string, level: Level): Atom[] {
    if (character === '{') return this.#until('}', level);
    if (character === '\\') return this.#command(level);
    if (character === ' ') return [];
    const atom = (role: Role, text = character): Atom[] => [{ role, text, level, stacked: false }];
    if (/[a-zA-Z]/.test(character)) return atom('letter');
    if (/[0-9.!?)\]/|]/.test(character)) return atom('ordinary');
    if (/[([]/.test(character)) return atom('open');
    if (/[,;]/.test(character)) return atom('comma');
    if (/[=<>:]/.test(character)) return atom('relation');
    if (character === '+') return atom('operator');
    if (character === '-') return atom('operator', '−');
    if (character === '*') return atom('operator', '∗');
    if (character === "'") return atom('ordinary', '′');
    throw this.#error(`"${character}"`);
  }

  #command(level: Level): Atom[] {
    const name = /^(?:[a-zA-Z]+|.)/.exec(this.source.slice(this.#at))?.[0];
    if (name === undefined) throw this.#error('a \\ with nothing after it');
    this.#at += name.length;
    if (name === 'text' || name === 'mathrm') return [{ role: 'ordinary', text: this.#words(), level, stacked: false }];
    const known = commandOf(name);
    if (!known) throw this.#error(`\\${name}`);
    return [{ ...known, level, stacked: false }];
  }

  /** The words in braces after \text. */
  #words(): string {
    const words = /^\{([^{}\\]*)\}/.exec(this.source.slice(this.#at));
    if (!words) throw this.#error('a \\text or \\mathrm without plain words in braces');
    this.#at += words[0].length;
    return words[1]!.replaceAll(' ', BLANK);
  }

  #error(what: string): RangeError {
    return new RangeError(`the label "${this.label}" has ${what} in its mathematics, which figures cannot draw`);
  }
}

function commandOf(name: string): Pick<Atom, 'role' | 'text'> | null {
  if (FUNCTIONS.has(name)) return { role: 'function', text: name };
  const roles: [Role, ReadonlyMap<string, string>][] = [
    ['letter', LOWER_GREEK],
    ['ordinary', ORDINARY],
    ['space', SPACES],
    ['relation', RELATIONS],
    ['operator', OPERATORS],
  ];
  for (const [role, names] of roles) {
    const text = names.get(name);
    if (text !== undefined) return { role, text };
  }
  return null;
}

function namesOf(characters: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(characters).flatMap(([text, names]) => names.split(' ').map((name) => [name, text])));
}

const RAISED = new Map([...'0123456789−+'].map((character, i) => [character, [...'⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺'][i]!]));
const LOWERED = new Map([...'0123456789−+'].map((character, i) => [character, [...'₀₁₂₃₄₅₆₇₈₉₋₊'][i]!]));

/** A text as one line of Unicode, for those who read no TeX: 10⁻³, w_t, d^(k+1). */
export function plainText(text: Text): string {
  const runs = parseText(text);
  const words = scripts(runs).map(({ level, text }) => (level === 'base' ? text : plainScript(level, text)));
  return words.join('').replaceAll(BLANK, ' ').replaceAll('\u2009', ' ');
}

/** The runs of one script together, whatever their style. */
function scripts(runs: readonly Run[]): { level: Level; text: string }[] {
  const result: { level: Level; text: string }[] = [];
  for (const { level, text } of runs) {
    const last = result.at(-1);
    if (last?.level === level) last.text += text;
    else result.push({ level, text });
  }
  return result;
}

function plainScript(level: 'sub' | 'sup', text: string): string {
  const signs = [...text].map((character) => (level === 'sup' ? RAISED : LOWERED).get(character));
  if (signs.every((sign) => sign !== undefined)) return signs.join('');
  const inner = /^[\p{L}\p{N}]+$/u.test(text) ? text : `(${text})`;
  return (level === 'sup' ? '^' : '_') + inner;
}

/** A text for TeX: its mathematics as it is, and all else so that it is printed as written. */
export function texText(text: Text): string {
  return text
    .split('$')
    .map((part, i) => (i % 2 === 0 ? escapeTex(part) : `$${part}$`))
    .join('');
}

const TEX_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': "''",
  '−': '$-$',
};

function escapeTex(text: string): string {
  return text.replace(/[\\~^<>|"−%&_#{}]/g, (character) => TEX_ESCAPES[character] ?? `\\${character}`);
}
