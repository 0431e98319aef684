import type { OpenAPIObject } from '@nestjs/swagger';

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  description?: string;
  items?: Schema;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
}
interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<
    string,
    { $ref?: string; description?: string; content?: Record<string, { schema: Schema }> }
  >;
}

const STYLE = `
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere }
  h3 { margin: 2rem 0 0.25rem } table { border-collapse: collapse; width: 100% }
  td, th { text-align: left; vertical-align: top; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid #8884 }`;

/** The description of the API as one page that needs nothing but itself. */
export function pageOfDocument(document: OpenAPIObject): string {
  const { title, version, description } = document.info;
  const schemas = Object.entries(document.components?.schemas ?? {}) as [string, Schema][];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)} API</title><style>${STYLE}</style></head><body>
<h1>${escape(title)} API ${escape(version)}</h1><p>${prose(description)}</p>
<p>As a file: <a href="openapi.json">openapi.json</a> (OpenAPI ${escape(document.openapi)}).</p>
${(document.tags ?? []).map((tag) => section(tag, document)).join('\n')}
<h2>Schemas</h2>${schemas.map(([name, schema]) => schemaSection(name, schema)).join('\n')}
</body></html>`;
}

function section(tag: { name: string; description?: string }, document: OpenAPIObject): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    (Object.entries(methods) as [string, Operation][])
      .filter(([, operation]) => operation.tags?.includes(tag.name))
      .map(([method, operation]) => operationSection(method, path, operation)),
  );
  return operations.length === 0
    ? ''
    : `<h2>${escape(tag.name)}</h2><p>${prose(tag.description)}</p>${operations.join('\n')}`;
}

function operationSection(method: string, path: string, operation: Operation): string {
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: where, schema = {}, description = schema.description }) =>
      row(`<code>${escape(name)}</code>`, `${escape(where)}, ${typeOf(schema)}`, prose(description)),
  );
  const answers = Object.entries(operation.responses).map(([status, { $ref, description, content }]) =>
    row(
      `<code>${escape(status)}</code>`,
      Object.values(content ?? {})
        .map(({ schema }) => typeOf(schema))
        .join(' or '),
      $ref === undefined ? prose(description) : escape($ref.split('/').at(-1) ?? ''),
    ),
  );
  return `<h3><code>${escape(method.toUpperCase())} ${escape(path)}</code></h3>
<p>${prose(operation.description)}${body ? ` Body: ${typeOf(body)}.` : ''}</p>${table([...parameters, ...answers])}`;
}

function schemaSection(name: string, schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([property, of]) =>
    row(`<code>${escape(property)}</code>`, typeOf(of), prose(of.description)),
  );
  return `<h3 id="${escape(name)}">${escape(name)}</h3>${table(rows)}`;
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return link(schema.$ref.split('/').at(-1) ?? '');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.enum) return schema.enum.map((value) => `<code>${escape(String(value))}</code>`).join(' | ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.properties)
    return `{ ${Object.entries(schema.properties)
      .map(([name, of]) => `<code>${escape(name)}</code>: ${typeOf(of)}`)
      .join(', ')} }`;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  return escape(schema.format === undefined ? type : `${type} (${schema.format})`);
}

const link = (name: string): string => `<a href="#${escape(name)}">${escape(name)}</a>`;
const table = (rows: string[]): string => (rows.length === 0 ? '' : `<table>${rows.join('')}</table>`);
const row = (...cells: string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
/** Backticks become code. */
const prose = (text = ''): string => escape(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>');
const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
