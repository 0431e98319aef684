import { fields, isFields, text, type JsonObject } from './fields.js';

/** The environment of a project that a deployment belongs to. */
export interface DeploymentEnvironment {
  /** The name that people use: `production`, `preview`, or the slug of a custom environment. */
  readonly name: string;
  /**
   * The identity: `production`, `preview`, `custom:<slug>`, or `custom-id:<id>` when Vercel does not give the
   * slug.
   */
  readonly key: string;
}

/** Returns null when neither slug nor id of a custom environment can be read. */
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
