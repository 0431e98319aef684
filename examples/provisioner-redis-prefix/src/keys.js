/** @typedef {import('./session.js').Command} Command */

/**
 * Where a pass over all keys of a server has got to. A cursor means nothing to a server that was started
 * anew.
 * @typedef {{ cursor: string, server: string }} Place
 */

/**
 * One call visits about this many times a thousand keys of the server, whoever they belong to, then gives
 * way.
 */
const STEPS = 100;
const KEYS_PER_STEP = '1000';

/**
 * Goes on with removing all keys that begin with `prefix`.
 *
 * @param {Command} command
 * @param {string} prefix
 * @param {Place | null} place where an earlier call got to; null begins anew
 * @returns {Promise<Place | null>} where to go on, null when the pass is complete
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
  if (id === undefined) throw new Error('the server does not tell its run_id');
  return id;
}
