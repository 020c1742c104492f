import { describe, expect, it } from 'vitest';
import { FACES, faceFor } from '../../../src/figures/fonts.js';
import { parseText, plainText, texText } from '../../../src/figures/math-text.js';
import { textWidth, typeset } from '../../../src/figures/typesetting.js';

/** Runs in short: italics between slashes, scripts after their sign. */
function written(text: string): string {
  const sign = { base: '', sub: '_', sup: '^' };
  return parseText(text)
    .map(({ text, italic, level, stacked }) => {
      const inner = (italic ? `/${text}/` : text).replaceAll('\u00a0', '~').replaceAll('\u2009', ',');
      return `${stacked ? '|' : ''}${level === 'base' ? inner : `${sign[level]}{${inner}}`}`;
    })
    .join('');
}

describe('mathematics in labels', () => {
  it.each([
    ['rounds', 'rounds'],
    ['', ''],
    ['samples $T$, all', 'samples /T/, all'],
    ['$p = 1/3$', '/p/~=~1/3'],
    ['$\\lambda\\eta$', '/λη/'],
    ['$\\Delta_T$', 'Δ_{/T/}'],
    ['$-0.5$', '−0.5'],
    ['$a-b$', '/a/~−~/b/'],
    ['$a = -b$', '/a/~=~−/b/'],
    ['$(-b)$', '(−/b/)'],
    ['$10^{-3}$', '10^{−3}'],
    ['$x_i^2$', '/x/_{/i/}|^{2}'],
    ['$x^2_i + 1$', '/x/^{2}|_{/i/}~+~1'],
    ['$w_{k+1}$', '/w/_{/k/}_{+1}'],
    ['$2\\log d$', '2~log~/d/'],
    ['$\\log_2(1/p)$', 'log_{2}(1//p/)'],
    ['$\\log(d)$', 'log(/d/)'],
    ['$K \\le 2 \\to \\infty$', '/K/~≤~2~→~∞'],
    ['$2 \\times 10^{5}$', '2~×~10^{5}'],
    ['$p_{\\mathrm{cot}}$', '/p/_{cot}'],
    ['$\\text{long and right}$', 'long~and~right'],
    ['$x\\,y$', '/x/,/y/'],
    ['$f(x, y)$', '/f/(/x/,~/y/)'],
    ['$\\alpha\\beta\\gamma\\delta\\epsilon\\varepsilon\\zeta\\eta\\theta\\kappa\\lambda\\mu$', '/αβγδϵεζηθκλμ/'],
    ['$\\nu\\xi\\pi\\rho\\sigma\\tau\\varphi\\phi\\chi\\psi\\omega$', '/νξπρστφϕχψω/'],
    ['$\\Gamma\\Delta\\Theta\\Lambda\\Xi\\Pi\\Sigma\\Phi\\Psi\\Omega$', 'ΓΔΘΛΞΠΣΦΨΩ'],
    ['$\\infty\\partial\\ell\\ldots\\dots\\lfloor\\rfloor\\lceil\\rceil$', '∞∂ℓ……⌊⌋⌈⌉'],
    ['$_{\\le\\leq\\ge\\geq\\ne\\neq\\approx\\sim\\propto\\ll\\gg}$', '_{≤≤≥≥≠≠≈∼∝≪≫}'],
    ['$_{\\to\\rightarrow\\leftarrow\\mapsto\\in\\mid\\times\\cdot\\pm}$', '_{→→←↦∈∣×·±}'],
    ["$w'$", '/w/′'],
    ['$\\{a\\}$', '{/a/}'],
  ])('%j is %j', (text, expected) => {
    expect(written(text)).toBe(expected);
  });

  it.each([
    ['$p', 'has a $ without a second one'],
    ['$$', 'nothing between its dollars'],
    ['$\\frac{1}{3}$', 'has \\frac in its mathematics'],
    ['$a^{b^c}$', 'a script within a script'],
    ['$a^b^c$', 'two ^ in a row'],
    ['$a_$', 'a _ with nothing after it'],
    ['$a_{b$', 'a { without its }'],
    ['$a}$', 'has "}" in its mathematics'],
    ['$a~b$', 'has "~" in its mathematics'],
    ['$é$', 'has "é" in its mathematics'],
    ['$\\text{a$', 'without plain words in braces'],
    ['$a\\$', 'a \\ with nothing after it'],
  ])('%j is refused: %s', (text, complaint) => {
    const refusal = () => parseText(text);
    expect(refusal).toThrow(RangeError);
    expect(refusal).toThrow(complaint);
    expect(refusal).toThrow(text);
  });
});

describe('a label as plain text', () => {
  it.each([
    ['gap at $\\lambda = 10^{-3}$', 'gap at λ = 10⁻³'],
    ['$p_{cot}$', 'p_cot'],
    ['$w_0$', 'w₀'],
    ['$2^{k+1}$', '2^(k+1)'],
    ['$x_i^2$', 'x_i²'],
    ['100%', '100%'],
  ])('%j is %j', (text, expected) => {
    expect(plainText(text)).toBe(expected);
  });
});

describe('a label for TeX', () => {
  it.each([
    ['50% & more_or #1 {x}', '50\\% \\& more\\_or \\#1 \\{x\\}'],
    ['$p_{cot} \\le 1/3$ & 5%', '$p_{cot} \\le 1/3$ \\& 5\\%'],
    ['a\\b ~ ^', 'a\\textbackslash{}b \\textasciitilde{} \\textasciicircum{}'],
    ['a < b', 'a \\textless{} b'],
  ])('%j is %j', (text, expected) => {
    expect(texText(text)).toBe(expected);
  });
});

describe('the fonts', () => {
  const greek =
    'alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau varphi phi chi psi omega';
  const others =
    'Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega infty partial ell ldots dots lfloor rfloor lceil rceil % # & _ { } , ; quad ' +
    'le leq ge geq ne neq approx sim propto ll gg to rightarrow leftarrow mapsto in mid times cdot pm log exp Pr';

  it.each(`${greek} ${others}`.split(' '))('have \\%s', (name) => {
    expect(textWidth(`$a\\${name} b$`)).toBeGreaterThan(textWidth('$ab$'));
  });

  it('have Greek in italics, and symbols in a font of their own', () => {
    expect(typeset('$\\lambda \\le x$').map(({ face }) => face)).toEqual([
      'italic',
      'roman',
      'symbol',
      'roman',
      'italic',
    ]);
    expect(FACES.italic.style).toBe('italic');
  });

  it('are named when none has a character', () => {
    expect(() => faceFor('汉', 'roman')).toThrow('no font of the figures has the character "汉" (U+6c49)');
  });
});

describe('widths', () => {
  it('add up, in points at a size of 8', () => {
    // Digits of STIX Two Text are half as wide as high.
    expect(textWidth('00')).toBeCloseTo(2 * textWidth('0'), 10);
    expect(textWidth('0')).toBeGreaterThan(3);
    expect(textWidth('0')).toBeLessThan(5);
    expect(textWidth('$1^{0}$')).toBeCloseTo(textWidth('1') + 0.7 * textWidth('0'), 10);
  });

  it('of two scripts in one place are that of the wider', () => {
    expect(textWidth('$x_{10}^2 y$')).toBeCloseTo(textWidth('$x_{10} y$'), 10);
    expect(textWidth('$x_1^{22} y$')).toBeCloseTo(textWidth('$x^{22} y$'), 10);
  });
});
