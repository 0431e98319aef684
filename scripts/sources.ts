/**
 * Resolves `./x.js` to `./x.ts`, so that scripts can load sources, which import each other by compiled names.
 */
import { registerHooks } from 'node:module';

export const followSources = (): unknown =>
  registerHooks({
    resolve(specifier, context, next) {
      const ofSource = context.parentURL?.includes('/src/') === true && /^\.{1,2}\/.*\.js$/.test(specifier);
      return next(ofSource ? specifier.replace(/js$/, 'ts') : specifier, context);
    },
  });
