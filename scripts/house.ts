/**
 * Measures the house: folders, files, functions, names, sentences and columns, each with its bound.
 *
 *   node scripts/house.ts                 prints the table and the offenders of each bound
 *   node scripts/house.ts --check         prints the exceeded bounds; fails if there are any
 *   node scripts/house.ts --against DIR   prints a Markdown table with the values of this tree and of DIR
 *   node scripts/house.ts --root DIR      measures the tree in DIR instead of this one
 */
import { parseArgs } from 'node:util';
import { BOUNDS } from './house/bounds.ts';
import { check, compare, overview } from './house/report.ts';

const HERE = new URL('..', import.meta.url).pathname;

const { values } = parseArgs({
  options: {
    check: { type: 'boolean' },
    against: { type: 'string' },
    root: { type: 'string', default: HERE },
  },
});

if (values.against !== undefined) console.log(compare(BOUNDS, values.against, values.root));
else if (values.check !== true) console.log(overview(BOUNDS, values.root));
else {
  const problems = check(BOUNDS, values.root);
  if (problems !== '') {
    console.error(problems);
    process.exitCode = 1;
  }
}
