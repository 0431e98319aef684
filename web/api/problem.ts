/** A failed request, with the server's title and detail. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    /** The HTTP status; 0 without an answer. */
    readonly status: number,
    readonly title: string,
    detail: string,
    /** The states that allow the refused command. */
    readonly allowedStates: readonly string[] = [],
  ) {
    super(detail);
  }

  /** True if the same request may succeed later. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

interface Body {
  title?: unknown;
  detail?: unknown;
  allowedStates?: unknown;
  errors?: unknown;
}

/** Reads the problem of a failed response, which may come from a proxy. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body = await bodyOf(response);
  const title = typeof body.title === 'string' ? body.title : `The server answered ${response.status}`;
  const allowed = Array.isArray(body.allowedStates) ? body.allowedStates.map(String) : [];
  return new ApiProblem(response.status, title, detailOf(body, response), allowed);
}

async function bodyOf(response: Response): Promise<Body> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    // The answer of a proxy: only its status is known.
    return {};
  }
}

function detailOf({ detail, errors }: Body, response: Response): string {
  const fields = Array.isArray(errors) ? (errors as { path?: string; message?: string }[]) : [];
  const invalid = fields.map(({ path = '', message = '' }) => `${path} ${message}`.trim());
  if (invalid.length > 0) return invalid.join('; ');
  return typeof detail === 'string' ? detail : response.statusText || 'no details';
}
