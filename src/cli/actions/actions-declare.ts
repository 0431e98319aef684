import type { Command } from 'commander';
import { ConfigError } from '../../config/problems.js';
import { addJson, print, type OutputOptions } from '../print/print.js';

/** What the Integration Console asks for of one action. */
interface Declaration {
  slug: string;
  name: string;
  /** Environments to suggest to whoever connects a project. */
  suggestions: string[];
}

/** Adds `actions declare`. */
export function addDeclare(actions: Command): void {
  addJson(actions.command('declare'))
    .description("what to enter in Vercel's Integration Console for each action of actions.yaml")
    .action(async (options: OutputOptions) => print(await declarations(), options, inWords));
}

async function declarations(): Promise<Declaration[]> {
  // Loaded when it is needed: the other commands need not wait for it.
  const { loadActions } = await import('../../config/actions-file/load-actions.js');
  const loaded = loadActions();
  const { actions } = loaded;
  // What plugins are given matters here as little as the variables that fill it in.
  const problems = loaded.problems.filter(({ path }) => !/^actions\.[^.]+\.config\b/.test(path));
  if (problems.length > 0) throw new ConfigError(problems);
  return [...actions.values()].map(({ slug, name, suggest }) => ({ slug, name, suggestions: [...suggest] }));
}

function inWords(declared: Declaration[]): string {
  const blocks = declared.map(({ slug, name, suggestions }) =>
    [
      `Slug:         ${slug}`,
      `Name:         ${name}`,
      `Suggestions:  ${suggestions.length === 0 ? 'none' : suggestions.join(', ')}`,
    ].join('\n'),
  );
  return [
    'Integration Console, your product, Deployment Actions: one entry each, the slug exactly as it stands here.',
    ...blocks,
  ].join('\n\n');
}
