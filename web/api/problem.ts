/** An answer other than success, in the server's own words. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    /** 0: no answer came. */
    readonly status: number,
    readonly title: string,
    detail: string,
    /** The states in which a refused command is possible. */
    readonly allowedStates: readonly string[] = [],
  ) {
    super(detail);
  }

  /** The same question may be answered a moment later. */
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

/** Of a response that is no success; also when something in between answered in our place. */
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
    // Not from Drawbridge: the status has to say it.
    return {};
  }
}

function detailOf({ detail, errors }: Body, response: Response): string {
  const fields = Array.isArray(errors) ? (errors as { path?: string; message?: string }[]) : [];
  const told = fields.map(({ path = '', message = '' }) => `${path} ${message}`.trim());
  if (told.length > 0) return told.join('; ');
  return typeof detail === 'string' ? detail : response.statusText || 'no more is known';
}
