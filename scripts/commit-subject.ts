/**
 * Checks the subject of a commit message: an imperative of at most 72 characters, without a period at its
 * end.
 *
 *   node scripts/commit-subject.ts FILE    the file that git passes to a commit-msg hook
 *
 * `git config core.hooksPath scripts/hooks` lets git run it before each commit.
 */
import { readFile } from 'node:fs/promises';

const MOST_CHARACTERS = 72;
/** Subjects that git writes itself. */
const GIT_SUBJECT = /^(Merge|Revert|fixup!|squash!|amend!) /;
/** A third person, a past or a participle: "Adds", "Added", "Adding". */
const INFLECTED = /(?:[^s]s|[^e]ed|ing)$/i;
/** Imperatives that look inflected. */
const IMPERATIVES = ['alias', 'bias', 'bring', 'embed', 'focus', 'ping', 'shed', 'sing', 'string', 'swing'];
const NOT_VERBS = [
  'a',
  'an',
  'the',
  'no',
  'this',
  'these',
  'some',
  'more',
  'new',
  'better',
  'now',
  'also',
  'when',
  'if',
];

/** Returns one sentence for each problem of the subject. */
function problemsOf(subject: string): string[] {
  const [first = ''] = subject.split(/[\s:,]/);
  const verb = first.toLowerCase();
  const isInflected = INFLECTED.test(verb) && !IMPERATIVES.includes(verb);
  return [
    ...(subject === '' ? ['it is empty'] : []),
    ...(subject.length > MOST_CHARACTERS
      ? [`it has ${subject.length} characters; the limit is ${MOST_CHARACTERS}`]
      : []),
    ...(subject.endsWith('.') ? ['it ends with a period'] : []),
    ...(/^[^A-Z]/.test(subject) ? ['it does not begin with a capital letter'] : []),
    ...(isInflected || NOT_VERBS.includes(verb)
      ? [`"${first}" is not an imperative: write "Add", not "Adds" or "Added"`]
      : []),
  ];
}

const [file] = process.argv.slice(2);
if (file === undefined)
  throw new Error('commit-subject: no file given; usage: node scripts/commit-subject.ts FILE');

const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => !line.startsWith('#'));
const subject = lines.find((line) => line.trim() !== '')?.trimEnd() ?? '';
const problems = GIT_SUBJECT.test(subject) ? [] : problemsOf(subject);
for (const problem of problems) console.error(`commit-subject: "${subject}": ${problem}`);
if (problems.length > 0) process.exitCode = 1;
