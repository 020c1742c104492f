import type { Watch } from '../progress/index.js';

/** What the solver says of a script, with the values that satisfy it if there are any. */
export interface Answer {
  readonly satisfiable: 'sat' | 'unsat' | 'unknown';
  /** Decimals, by variable; a question mark ends a number that goes on. Empty unless sat. */
  readonly model: Readonly<Record<string, string>>;
  /** Why the answer is unknown. */
  readonly reason: string;
}

/**
 * Steps of the solver, counted by itself and the same on every machine, after which a script stays unknown. The obligations
 * of this project take at most a tenth of it.
 */
const RESOURCE_LIMIT = 3_000_000;

type Loaded = Awaited<ReturnType<typeof load>>;

let loaded: Promise<Loaded> | null = null;
let last: Promise<unknown> = Promise.resolve();

/** Z3, compiled to WebAssembly; 35 MB, so it is loaded when something is to be proved. */
async function load() {
  const { init } = await import('z3-solver');
  return init();
}

/**
 * Runs a script with one (check-sat), as it stands, in Z3. One at a time: later calls wait.
 *
 * @param names variables whose values are wanted if the answer is sat
 * @throws the signal's reason if aborted
 * @throws Error with the solver's message if it cannot read the script
 */
export function ask(script: string, names: readonly string[], watch: Watch = {}): Promise<Answer> {
  const turn = last.then(() => askNow(script, names, watch));
  last = turn.catch(() => undefined);
  return turn;
}

async function askNow(script: string, names: readonly string[], { signal }: Watch): Promise<Answer> {
  signal?.throwIfAborted();
  loaded ??= load();
  const { Z3, em } = await loaded;
  Z3.global_param_set('rlimit', String(RESOURCE_LIMIT));
  const configuration = Z3.mk_config();
  const context = Z3.mk_context(configuration);
  Z3.del_config(configuration);
  const interrupt = () => Z3.interrupt(context);
  signal?.addEventListener('abort', interrupt);
  forEachThread(em, (thread) => thread.ref());
  try {
    const answer = (await Z3.eval_smtlib2_string(context, script)).trim();
    signal?.throwIfAborted();
    if (answer === 'unsat') return { satisfiable: answer, model: {}, reason: '' };
    if (answer === 'sat') {
      const values = await Z3.eval_smtlib2_string(
        context,
        `(set-option :pp.decimal true)(get-value (${names.join(' ')}))`,
      );
      return { satisfiable: answer, model: modelOf(values), reason: '' };
    }
    if (answer !== 'unknown') throw new Error(`the solver cannot answer: ${answer}`);
    const told = await Z3.eval_smtlib2_string(context, '(get-info :reason-unknown)');
    return { satisfiable: answer, model: {}, reason: /"(.*)"/.exec(told)?.[1] ?? told };
  } finally {
    signal?.removeEventListener('abort', interrupt);
    Z3.del_context(context);
    forEachThread(em, (thread) => thread.unref());
  }
}

/** A thread of the solver: it holds the process open unless it is told not to. */
interface Thread {
  ref(): void;
  unref(): void;
}

function forEachThread(em: Loaded['em'], act: (thread: Thread) => void): void {
  const { unusedWorkers, runningWorkers } = em.PThread as Record<'unusedWorkers' | 'runningWorkers', Thread[]>;
  for (const thread of [...unusedWorkers, ...runningWorkers]) act(thread);
}

/** ((x 0.5) (y (- 1.0))) as { x: '0.5', y: '-1.0' }. */
function modelOf(values: string): Record<string, string> {
  const pairs = [...values.matchAll(/\((\w+) (?:\(- ([^()]+)\)|([^()]+))\)/g)];
  return Object.fromEntries(pairs.map(([, name, negative, plain]) => [name, plain ?? `-${negative}`]));
}
