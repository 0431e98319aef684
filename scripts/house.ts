/**
 * Measures the house: folders, files, functions, names and columns, each with its bound.
 *
 *   node scripts/house.ts                 prints the table, and what counts against a bound
 *   node scripts/house.ts --check         prints what is over a bound; fails when anything is
 *   node scripts/house.ts --against DIR   prints the table as Markdown, beside the values of the tree in DIR
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
