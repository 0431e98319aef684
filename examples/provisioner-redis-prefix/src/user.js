/** The user of a key. It may access only keys that begin with its name and a colon. */

/** @typedef {import('./session.js').Command} Command */

/**
 * Names commands if their category would allow too much: no access to other keys or connections, to another
 * database,
 * or to anything that all users share.
 */
const RULES =
  '+@read +@write +@transaction +@pubsub +@connection -@admin -@dangerous -@scripting ' +
  '-scan -randomkey -dbsize -pubsub -client|tracking -select -move -copy ' +
  '+eval +evalsha +script|load +script|exists +info';

/**
 * Creates the user, or resets its rules and password; its open connections stay.
 *
 * @param {Command} command
 * @param {string} user
 * @param {string} hash SHA-256 of the password in hexadecimal digits; the server never sees the password
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
 * Ends the user's connections and prevents new ones. The user stays in the list until its keys are removed.
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
 * The owner of the name: `ours`, `other` for a user that this provisioner did not create, or `nobody`.
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
 * The users that this provisioner created.
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
 * @returns {Promise<boolean>} false if the server has no aclfile and loses its users on a restart
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
