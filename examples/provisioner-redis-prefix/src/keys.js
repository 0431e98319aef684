/** @typedef {import('./session.js').Command} Command */

/**
 * The position of a pass over all keys of a server. A cursor is invalid after the server restarts.
 * @typedef {{ cursor: string, server: string }} Place
 */

/** Limit of one call: it visits about this many times a thousand keys of the server, of all users. */
const STEPS = 100;
const KEYS_PER_STEP = '1000';

/**
 * Continues to remove all keys that begin with `prefix`.
 *
 * @param {Command} command
 * @param {string} prefix
 * @param {Place | null} place position of an earlier call; null starts from the beginning
 * @returns {Promise<Place | null>} position for the next call, null when the pass is complete
 */
export async function removeKeys(command, prefix, place) {
  const server = await serverId(command);
  let cursor = place?.server === server ? place.cursor : '0';
  for (let step = 0; step < STEPS; step++) {
    const page = await command('SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', KEYS_PER_STEP);
    const [next, keys] = /** @type {[string, string[]]} */ (page);
    if (keys.length > 0) await command('UNLINK', ...keys);
    if (next === '0') return null;
    cursor = next;
  }
  return { cursor, server };
}

/** @param {Command} command */
async function serverId(command) {
  const info = String(await command('INFO', 'server'));
  const id = /^run_id:(\w+)/m.exec(info)?.[1];
  if (id === undefined) throw new Error('the server reports no run_id');
  return id;
}
