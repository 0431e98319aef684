import { z } from 'zod';

const KNOWN = 'url, public, prefix';

export const configSchema = z
  .object({
    url: z.string().refine(isRedisUrl, 'must be a redis url of database 0: redis://user:password@host:port'),
    public: z
      .string()
      .regex(/^[^\s:/@]+:\d{1,5}$/, 'must be host:port, for example redis.example.com:6379')
      .optional(),
    // Because of the dash at the end, `default` and other users never look like one of these.
    prefix: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{0,30}-$/,
        'must be lower-case letters, digits and dashes, with a dash at its end',
      )
      .default('preview-'),
  })
  .catchall(z.custom(() => false, `unknown key; known are ${KNOWN}`));

/** @typedef {z.infer<typeof configSchema>} Config */

/** Users can write only in database 0, so no other database can contain their keys.
 * @param {string} text */
function isRedisUrl(text) {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  return ['redis:', 'rediss:'].includes(protocol) && hostname !== '' && ['', '/', '/0'].includes(pathname);
}
