/**
 * The user of a key: it reads and writes what begins with its name and a colon, and sees nothing else of the
 * server.
 */

/** @typedef {import('./session.js').Command} Command */

/**
 * By name where a category would give too much: no look at other keys or connections, no other database,
 * nothing that all users share.
 */
const RULES =
  '+@read +@write +@transaction +@pubsub +@connection -@admin -@dangerous -@scripting ' +
  '-scan -randomkey -dbsize -pubsub -client|tracking -select -move -copy ' +
  '+eval +evalsha +script|load +script|exists +info';

/**
 * Makes the user, or sets it back to what it should be; connections that it has stay open.
 *
 * @param {Command} command
 * @param {string} user
 * @param {string} hash SHA-256 of its password in hexadecimal digits, so that the password stands in no log
 *   of the server
 */
export async function openUser(command, user, hash) {
  await command(
    'ACL',
    'SETUSER',
    user,
    'reset',
    'on',
    `#${hash}`,
    `~${user}:*`,
    `&${user}:*`,
    ...RULES.split(' '),
  );
}

/**
 * Ends its connections and lets no new one in. It stays in the list of users until its keys are gone.
 *
 * @param {Command} command
 * @param {string} user
 */
export async function closeUser(command, user) {
  await command('ACL', 'SETUSER', user, 'off', '-@all');
  await command('CLIENT', 'KILL', 'USER', user);
}

/** @param {Command} command @param {string} user */
export async function deleteUser(command, user) {
  await command('ACL', 'DELUSER', user);
}

/**
 * Whose the name is: `ours`, `other` when a user has it that was not made here, or `nobody`'s.
 *
 * @param {Command} command
 * @param {string} user
 * @returns {Promise<'ours' | 'other' | 'nobody'>}
 */
export async function ownerOf(command, user) {
  const found = /** @type {unknown[] | null} */ (await command('ACL', 'GETUSER', user));
  if (found === null) return 'nobody';
  return found[found.indexOf('keys') + 1] === `~${user}:*` ? 'ours' : 'other';
}

/**
 * The users that were made here.
 *
 * @param {Command} command
 * @param {string} prefix
 */
export async function listUsers(command, prefix) {
  const lines = /** @type {string[]} */ (await command('ACL', 'LIST'));
  return lines
    .map((line) => line.split(' '))
    .filter(([, user = '', ...rules]) => user.startsWith(prefix) && rules.includes(`~${user}:*`))
    .map(([, user = '']) => user);
}

/**
 * Writes the users to the server's aclfile.
 *
 * @param {Command} command
 * @returns {Promise<boolean>} false when the server has none and forgets its users when it restarts
 */
export async function saveUsers(command) {
  try {
    await command('ACL', 'SAVE');
    return true;
  } catch (error) {
    if (/not configured to use an ACL file/.test(/** @type {Error} */ (error).message)) return false;
    throw error;
  }
}
