import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const WRITE =
  /\b(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE)\s+(ONLY\s+)?(delivery|action|allocation|transition|\$\{\w+\})(?![\w."])/gi;
/** A repository of one of these entities, save one that is declared as `ReadRepository`. */
const ENTITY_WRITE =
  /@InjectRepository\((Delivery|Action|Allocation|Transition)\b(?!, READ\) private readonly \w+: ReadRepository<)|\.(insert|update|delete|upsert|save|remove)\((Delivery|Action|Allocation|Transition)\b/g;

/** Files outside of action/ that write these tables, with the reason. */
const ALSO: Record<string, string> = {
  'src/cli/keys/reseal.ts': 'seals stored secrets with a new key: no row changes its meaning',
  'src/database/schema/fill-rows.ts': 'fills new columns in migrations',
};

/** Plugins and the twin use other databases. */
const ELSEWHERE = /^src\/(action|provisioner|twin|database\/migrations)\/|\.spec\.ts$/;
const sources = globSync('src/**/*.ts').filter((path) => !ELSEWHERE.test(path));
const writesIn = (text: string): string[] =>
  [...text.matchAll(WRITE), ...text.matchAll(ENTITY_WRITE)].map(([found]) => found);

describe('deliveries, actions, allocations and transitions', () => {
  it.each([
    'UPDATE action a SET state = 1',
    'INSERT INTO transition (id) VALUES (1)',
    'DELETE FROM delivery WHERE id = 1',
    'UPDATE ${table} t SET x = 1',
    'manager.update(Allocation, 1, {})',
    '@InjectRepository(Action) private readonly actions',
    '@InjectRepository(Action, READ) private readonly actions: Repository<Action>',
  ])('are written by %s', (text) => {
    expect(writesIn(text)).toHaveLength(1);
  });

  it.each([
    'UPDATE action_note SET a = 1',
    'SELECT FROM action FOR UPDATE',
    'DELETE FROM deployment_check',
    '@InjectRepository(Action, READ) private readonly actions: ReadRepository<Action>',
  ])('are not written by %s', (text) => {
    expect(writesIn(text)).toEqual([]);
  });

  it('have one writer: the folder action/', () => {
    const writers = sources.filter((path) => writesIn(readFileSync(path, 'utf8')).length > 0);
    expect(writers.toSorted()).toEqual(Object.keys(ALSO));
  });
});
