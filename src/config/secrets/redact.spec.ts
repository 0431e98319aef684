import { expect, it } from 'vitest';
import { hidePassword } from './redact.js';

it.each([
  ['postgres://app:secret@db:5432/x?sslmode=require', 'postgres://app:***@db:5432/x?sslmode=require'],
  ['postgres://db/x', 'postgres://db/x'],
  ['postgres://db/x?user=a&password=secret', 'postgres://db/x?user=a&password=***'],
  ['host=db password=secret', '***'],
])('hidePassword turns %j into %j', (url, expected) => {
  expect(hidePassword(url)).toBe(expected);
});
