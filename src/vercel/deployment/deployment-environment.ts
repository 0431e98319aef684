import { fields, isFields, text, type JsonObject } from './fields.js';

/** Which of a project's environments a deployment is of. */
export interface DeploymentEnvironment {
  /** What people call it: `production`, `preview`, or the slug of a custom environment. */
  readonly name: string;
  /**
   * What tells environments apart: `production`, `preview`, `custom:<slug>`, or `custom-id:<id>` where the
   * slug is not said.
   */
  readonly key: string;
}

/** Null where a custom environment is named and neither its slug nor its id can be read. */
export function readEnvironment(body: JsonObject): DeploymentEnvironment | null {
  const target = text(body['target']);
  const builtin = target === 'production' ? 'production' : 'preview';
  const named = body['customEnvironment'];
  if (named === undefined || named === null) return { name: target ?? builtin, key: builtin };
  if (!isFields(named)) return null;
  const [slug, id] = [text(fields(named)['slug']), text(fields(named)['id'])];
  // Vercel may describe the environments that every project has in the same form.
  if (slug === builtin) return { name: slug, key: builtin };
  if (slug !== null) return { name: slug, key: `custom:${slug}` };
  return id === null ? null : { name: id, key: `custom-id:${id}` };
}
