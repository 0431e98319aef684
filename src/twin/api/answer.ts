/** An HTTP answer. `body` is JSON text; null for an empty body. */
export interface TwinAnswer {
  status: number;
  body: string | null;
  headers?: Record<string, string>;
}

export const ACCEPTED: TwinAnswer = { status: 202, body: null };

export function json(status: number, value: unknown): TwinAnswer {
  return { status, body: JSON.stringify(value) };
}

/** Vercel's error body (contract 2, "Error body"). */
export function refusal(status: number, code: string, message: string): TwinAnswer {
  return json(status, { error: { code, message } });
}
