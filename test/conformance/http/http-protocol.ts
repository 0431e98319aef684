/** Validates requests and answers by docs/http-provisioner.openapi.yaml. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

interface Parameter {
  readonly name: string;
  readonly required?: true;
  readonly schema: object;
}
interface Operation {
  readonly parameters: readonly { readonly $ref: string }[];
  readonly requestBody?: unknown;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, any>>>>;
}

const FILE = new URL('../../../docs/http-provisioner.openapi.yaml', import.meta.url);
export const document = parse(readFileSync(FILE, 'utf8')) as Document;

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
ajv.addKeyword('components');
ajv.addSchema({ $id: 'protocol', components: document.components });

/** The schema of the document, with additional properties forbidden. */
const closed = (name: string): ValidateFunction =>
  ajv.compile({
    $ref: `protocol#/components/schemas/${name}`,
    type: 'object',
    unevaluatedProperties: false,
  });
const CLOSED = {
  ProvisionRequest: closed('ProvisionRequest'),
  DeprovisionRequest: closed('DeprovisionRequest'),
};

/** The errors of `value` by a schema of the document. */
export function problemsWith(schema: string, value: unknown): string[] {
  return problems(ajv.getSchema(`protocol#/components/schemas/${schema}`), value);
}

/** One received request. */
export interface ReceivedRequest {
  readonly method: string;
  /** The path below the configured URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The errors of a request by the document: its path, headers and body, and all undocumented parts. */
export function problemsWithRequest({ method, path, headers, body }: ReceivedRequest): string[] {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) return [`${method} ${path} is not in the document`];
  const inHeaders = operation.parameters.flatMap(({ $ref }) => {
    const { name, required, schema } = parameter($ref);
    if (headers[name] === undefined && required !== true) return [];
    return problems(ajv.compile(schema), headers[name]).map((problem) => `${name} ${problem}`);
  });
  return [...inHeaders, ...problemsWithBody(operation, path, body)];
}

function parameter(ref: string): Parameter {
  const found: unknown = document.components['parameters']?.[ref.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`the document has no ${ref}`);
  return found as Parameter;
}

function problemsWithBody(operation: Operation, path: string, body: string): string[] {
  if (operation.requestBody === undefined) return body === '' ? [] : ['there is a body'];
  const name = path === '/provision' ? 'ProvisionRequest' : 'DeprovisionRequest';
  return problems(CLOSED[name], JSON.parse(body));
}

function problems(validate: ValidateFunction | undefined, value: unknown): string[] {
  if (validate === undefined) return ['the document has no such schema'];
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
