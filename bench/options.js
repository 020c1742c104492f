import { parseArgs } from 'node:util';

const USAGE = 'usage: node bench/engines.js [--rounds N] [--quick] [--section NAME]';

/**
 * The options of the command line. A wrong one ends the process with status 2.
 *
 * @param {string[]} names of the sections
 * @returns {{ rounds: number, quick: boolean, sections: string[] }}
 */
export function readOptions(names) {
  try {
    return parse(names);
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

function parse(names) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      section: { type: 'string' },
    },
  });
  const { quick, section } = values;
  const rounds = Number(values.rounds ?? (quick ? 2 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds is ${values.rounds}; it must be an integer of at least 1`);
  }
  if (section !== undefined && !names.includes(section)) {
    throw new RangeError(`--section is ${section}; it must be one of ${names.join(', ')}`);
  }
  return { rounds, quick, sections: section === undefined ? names : [section] };
}
