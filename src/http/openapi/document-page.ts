import type { OpenAPIObject } from '@nestjs/swagger';
import { html, type Html, type HtmlPart } from '../html.js';

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

const STYLE = html`<style>
  :root {
    color-scheme: light dark;
  }
  body {
    font:
      16px/1.5 system-ui,
      sans-serif;
    max-width: 60rem;
    margin: 2rem auto;
    padding: 0 1rem;
  }
  code {
    font:
      0.9em ui-monospace,
      monospace;
    overflow-wrap: anywhere;
  }
  h3 {
    margin: 2rem 0 0.25rem;
  }
  table {
    border-collapse: collapse;
    width: 100%;
  }
  td,
  th {
    text-align: left;
    vertical-align: top;
    padding: 0.2rem 0.8rem 0.2rem 0;
    border-bottom: 1px solid #8884;
  }
</style>`;

/** Renders the OpenAPI document as one HTML page without external files. */
export function pageOfDocument(document: OpenAPIObject): string {
  const { title, version, description } = document.info;
  const schemas = Object.entries(document.components?.schemas ?? {}) as [string, Schema][];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} API</title>
        ${STYLE}
      </head>
      <body>
        <h1>${title} API ${version}</h1>
        <p>${prose(description)}</p>
        <p>Download: <a href="openapi.json">openapi.json</a> (OpenAPI ${document.openapi}).</p>
        ${(document.tags ?? []).map((tag) => section(tag, document))}
        <h2>Schemas</h2>
        ${schemas.map(([name, schema]) => schemaSection(name, schema))}
      </body>
    </html>`;
  return page.toString();
}

function section(tag: { name: string; description?: string }, document: OpenAPIObject): Html | null {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    (Object.entries(methods) as [string, Operation][])
      .filter(([, operation]) => operation.tags?.includes(tag.name))
      .map(([method, operation]) => operationSection(method, path, operation)),
  );
  if (operations.length === 0) return null;
  return html`<h2>${tag.name}</h2>
    <p>${prose(tag.description)}</p>
    ${operations}`;
}

function operationSection(method: string, path: string, operation: Operation): Html {
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: where, schema = {}, description = schema.description }) =>
      row(code(name), html`${where}, ${typeOf(schema)}`, prose(description)),
  );
  const answers = Object.entries(operation.responses).map(([status, { $ref, description, content }]) =>
    row(
      code(status),
      between(
        ' or ',
        Object.values(content ?? {}).map(({ schema }) => typeOf(schema)),
      ),
      $ref === undefined ? prose(description) : ($ref.split('/').at(-1) ?? ''),
    ),
  );
  const bodyText = body ? html` Body: ${typeOf(body)}.` : null;
  return html`<h3>${code(`${method.toUpperCase()} ${path}`)}</h3>
    <p>${prose(operation.description)}${bodyText}</p>
    ${table([...parameters, ...answers])}`;
}

function schemaSection(name: string, schema: Schema): Html {
  const rows = Object.entries(schema.properties ?? {}).map(([property, of]) =>
    row(code(property), typeOf(of), prose(of.description)),
  );
  return html`<h3 id="${name}">${name}</h3>
    ${table(rows)}`;
}

function typeOf(schema: Schema): HtmlPart {
  if (schema.$ref !== undefined) return link(schema.$ref.split('/').at(-1) ?? '');
  if (schema.anyOf) return between(' or ', schema.anyOf.map(typeOf));
  if (schema.enum)
    return between(
      ' | ',
      schema.enum.map((value) => code(String(value))),
    );
  if (schema.items) return html`list of ${typeOf(schema.items)}`;
  if (schema.properties) {
    const members = Object.entries(schema.properties).map(([name, of]) => html`${code(name)}: ${typeOf(of)}`);
    return html`{ ${between(', ', members)} }`;
  }
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  return schema.format === undefined ? type : `${type} (${schema.format})`;
}

const code = (text: string): Html => html`<code>${text}</code>`;
const link = (name: string): Html => html`<a href="#${name}">${name}</a>`;
const table = (rows: readonly Html[]): Html | null =>
  rows.length === 0
    ? null
    : html`<table>
        ${rows}
      </table>`;
const row = (...cells: HtmlPart[]): Html =>
  html`<tr>
    ${cells.map((cell) => html`<td>${cell}</td>`)}
  </tr>`;
const between = (separator: string, parts: readonly HtmlPart[]): HtmlPart =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));
/** Renders text in backticks as code. */
const prose = (text = ''): HtmlPart =>
  text.split(/`([^`]*)`/).map((part, index) => (index % 2 === 1 ? code(part) : part));
