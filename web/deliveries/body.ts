/** Returns JSON indented, and any other text unchanged. */
export function prettyBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // A signed body that is not JSON is stored too.
    return body;
  }
}
