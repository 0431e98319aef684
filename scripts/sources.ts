/**
 * Lets scripts load sources that import each other by the names they have once compiled: `./x.js` is
 * `./x.ts`.
 */
import { registerHooks } from 'node:module';

export const followSources = (): unknown =>
  registerHooks({
    resolve(specifier, context, next) {
      const ofSource = context.parentURL?.includes('/src/') === true && /^\.{1,2}\/.*\.js$/.test(specifier);
      return next(ofSource ? specifier.replace(/js$/, 'ts') : specifier, context);
    },
  });
