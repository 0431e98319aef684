import type { Command } from 'commander';
import { ConfigError } from '../../config/problems.js';
import { addJson, print, type OutputOptions } from '../print/print.js';

/** The fields of one action in the Integration Console. */
interface Declaration {
  slug: string;
  name: string;
  /** Environments to suggest to users who connect a project. */
  suggestions: string[];
}

/** Adds `actions declare`. */
export function addDeclare(actions: Command): void {
  addJson(actions.command('declare'))
    .description("print what to enter in Vercel's Integration Console for each action of actions.yaml")
    .action(async (options: OutputOptions) => print(await declarations(), options, formatDeclarations));
}

async function declarations(): Promise<Declaration[]> {
  // Loaded on demand, so that other commands start faster.
  const { loadActions } = await import('../../config/actions-file/load-actions.js');
  const loaded = loadActions();
  const { actions } = loaded;
  // Ignores problems of plugin configurations, which the declaration does not contain.
  const problems = loaded.problems.filter(({ path }) => !/^actions\.[^.]+\.config\b/.test(path));
  if (problems.length > 0) throw new ConfigError(problems);
  return [...actions.values()].map(({ slug, name, suggest }) => ({ slug, name, suggestions: [...suggest] }));
}

function formatDeclarations(declared: Declaration[]): string {
  const blocks = declared.map(({ slug, name, suggestions }) =>
    [
      `Slug:         ${slug}`,
      `Name:         ${name}`,
      `Suggestions:  ${suggestions.length === 0 ? 'none' : suggestions.join(', ')}`,
    ].join('\n'),
  );
  return [
    'In the Integration Console, open your product, then Deployment Actions, and add one entry for each ' +
      'action. Copy the slug exactly.',
    ...blocks,
  ].join('\n\n');
}
