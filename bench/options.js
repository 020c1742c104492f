import { parseArgs } from 'node:util';

/**
 * The options of the command line. A wrong one ends the process with status 2.
 *
 * @param {string} program its file's name
 * @param {{ rounds: number, quickRounds: number, names?: string[] }} defaults rounds, and with --quick; names of sections, if there are any
 * @returns {{ rounds: number, quick: boolean, sections: string[] }}
 */
export function readOptions(program, defaults) {
  try {
    return parse(defaults);
  } catch (error) {
    const section = defaults.names ? ' [--section NAME]' : '';
    console.error(`${error.message}\nusage: node bench/${program} [--rounds N] [--quick]${section}`);
    process.exit(2);
  }
}

function parse({ rounds: usual, quickRounds, names }) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      ...(names && { section: { type: 'string' } }),
    },
  });
  const { quick, section } = values;
  const rounds = Number(values.rounds ?? (quick ? quickRounds : usual));
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds is ${values.rounds}; it must be an integer of at least 1`);
  }
  if (section !== undefined && !names.includes(section)) {
    throw new RangeError(`--section is ${section}; it must be one of ${names.join(', ')}`);
  }
  return { rounds, quick, sections: section === undefined ? names : [section] };
}
