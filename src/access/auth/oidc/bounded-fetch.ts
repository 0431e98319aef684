/** Discovery documents and key sets have some kilobytes. */
const MOST_BYTES = 256 * 1024;

/**
 * `fetch` for documents of the identity provider, read whole before it resolves.
 *
 * @throws when the document is longer than 256 KiB, once it is uncompressed; no more of it is read
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
    if (bytes > MOST_BYTES) throw new Error(`it is longer than ${MOST_BYTES / 1024} KiB`); // cancels the rest
    chunks.push(new Uint8Array(chunk));
  }
  return new Blob(chunks);
}
