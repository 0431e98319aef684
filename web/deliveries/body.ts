/** JSON indented; anything else as it is. */
export function prettyBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // What Vercel signed need not be JSON: it is shown as it came.
    return body;
  }
}
