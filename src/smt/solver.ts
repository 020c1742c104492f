import { Pacer, type Watch } from '../progress/index.js';

/** What the solver says of a script, with the values that satisfy it if there are any. */
export interface Answer {
  readonly satisfiable: 'sat' | 'unsat' | 'unknown';
  /** Decimals, by variable; a question mark ends a number that goes on. Empty unless sat. */
  readonly model: Readonly<Record<string, string>>;
  /** Why the answer is unknown. */
  readonly reason: string;
}

/**
 * Steps of the solver, counted by itself and the same on every machine, after which a script stays unknown: about a second.
 * The obligations of this project take at most a tenth of it.
 */
const RESOURCE_LIMIT = 150_000;

type Solver = Awaited<ReturnType<typeof load>>;

let solver: Promise<Solver> | null = null;

/** Z3, compiled to WebAssembly; 35 MB, so it is loaded when something is to be proved. */
async function load() {
  const { init } = await import('z3-solver');
  return init();
}

/**
 * Runs a script with one (check-sat), as it stands, in Z3. An abort is noticed before it begins.
 *
 * @param names variables whose values are wanted if the answer is sat
 * @throws the signal's reason if aborted
 * @throws Error with the solver's message if it cannot read the script
 */
export async function ask(script: string, names: readonly string[], watch: Watch = {}): Promise<Answer> {
  await new Pacer(watch).checkpoint(0);
  solver ??= load();
  const { Z3, em } = await solver;
  Z3.global_param_set('rlimit', String(RESOURCE_LIMIT));
  const configuration = Z3.mk_config();
  const context = Z3.mk_context(configuration);
  Z3.del_config(configuration);
  // The package's own call runs in a thread, which reads the text from a stack that is free to be overwritten by then: texts
  // of the length of ours arrived garbled. This one reads it at once.
  const say = (text: string): string =>
    em.ccall('Z3_eval_smtlib2_string', 'string', ['number', 'string'], [context, text]);
  try {
    const answer = say(script).trim();
    if (answer === 'unsat') return { satisfiable: answer, model: {}, reason: '' };
    if (answer === 'sat') {
      const values = say(`(set-option :pp.decimal true)(get-value (${names.join(' ')}))`);
      return { satisfiable: answer, model: modelOf(values), reason: '' };
    }
    if (answer !== 'unknown') throw new Error(`the solver cannot answer: ${answer}`);
    const told = say('(get-info :reason-unknown)');
    return { satisfiable: answer, model: {}, reason: /"(.*)"/.exec(told)?.[1] ?? told };
  } catch (error) {
    // An instance that failed may hold anything: the next script gets a new one.
    solver = null;
    throw error;
  } finally {
    Z3.del_context(context);
  }
}

/** ((x 0.5) (y (- 1.0))) as { x: '0.5', y: '-1.0' }. */
function modelOf(values: string): Record<string, string> {
  const pairs = [...values.matchAll(/\((\w+) (?:\(- ([^()]+)\)|([^()]+))\)/g)];
  return Object.fromEntries(pairs.map(([, name, negative, plain]) => [name, plain ?? `-${negative}`]));
}
