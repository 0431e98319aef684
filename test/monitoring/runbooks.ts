/** The commands, queries, routes and links in the text of the runbooks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUNBOOKS } from './rules.js';

export interface RunbookText {
  readonly page: string;
  readonly text: string;
}

const PAGES = readdirSync(RUNBOOKS).map((page) => ({
  page,
  text: readFileSync(join(RUNBOOKS, page), 'utf8'),
}));

function blocks(language: string): RunbookText[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return PAGES.flatMap(({ page, text }) =>
    [...text.matchAll(fence)].map(([, code]) => ({ page, text: code as string })),
  );
}

const linesOf = ({ page, text }: RunbookText): RunbookText[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => ({ page, text: line }));

/** Shell lines, and texts between backticks in sentences. */
const inSentences = (): RunbookText[] =>
  PAGES.flatMap(({ page, text }) =>
    [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].map(([, code]) => ({
      page,
      text: (code as string).replaceAll('\n', ' '),
    })),
  );

/** Every call of the command line. */
export const COMMANDS: readonly RunbookText[] = [...blocks('sh').flatMap(linesOf), ...inSentences()].flatMap(
  ({ page, text }) => {
    const call = /(?:^|-- \/nodejs\/bin\/node )((?:drawbridge|dist\/cli\/main\.js) [a-z].*)$/.exec(text)?.[1];
    return call === undefined ? [] : [{ page, text: call.replace('dist/cli/main.js', 'drawbridge') }];
  },
);

export const STATEMENTS: readonly RunbookText[] = blocks('sql').flatMap(({ page, text }) =>
  text
    .split(/;\n/)
    .map((statement) => ({ page, text: statement.trim() }))
    .filter((one) => one.text !== ''),
);

export const QUERIES: readonly RunbookText[] = [
  ...blocks('promql').flatMap(linesOf),
  ...inSentences().filter(({ text }) => /^(?:drawbridge_|namespace\w*:|count\()/.test(text)),
];

/** `PUT /api/v1/…` */
export const ROUTES: readonly RunbookText[] = inSentences().filter(({ text }) =>
  /^[A-Z]+ \/api\//.test(text),
);

/** Links to files, as written. */
export const LINKS: readonly RunbookText[] = PAGES.flatMap(({ page, text }) =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ page, text: target as string })),
);
