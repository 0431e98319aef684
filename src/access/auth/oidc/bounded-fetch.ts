/** Discovery documents and key sets have only some kilobytes. */
const MOST_BYTES = 256 * 1024;

/**
 * Fetches a document of the identity provider, including its body.
 *
 * @throws Error if the uncompressed document is larger than 256 KiB; the rest is not read
 */
export async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  const { status, headers } = response;
  const body = response.body === null ? null : await read(response.body);
  return new Response(body, { status, headers });
}

async function read(body: AsyncIterable<Uint8Array>): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop cancels the rest of the body.
    if (bytes > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES / 1024} KiB`);
    chunks.push(new Uint8Array(chunk));
  }
  return new Blob(chunks);
}
