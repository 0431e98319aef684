import { describe, expect, it } from 'vitest';
import { cut, table, type Column } from './table.js';

type Row = [id: string, name: string, note: string | null];
const COLUMNS: Column<Row>[] = [
  { title: 'ID', of: ([id]) => id },
  { title: 'NAME', of: ([, name]) => name, cut: 'middle' },
  { title: 'NOTE', of: ([, , note]) => note, cut: 'end' },
  { title: 'MORE', of: () => 'more', from: 100 },
];

describe('table', () => {
  it('has aligned columns without trailing white space', () => {
    expect(
      table(
        COLUMNS,
        [
          ['1', 'one', null],
          ['22', 'twenty', 'two'],
        ],
        80,
      ),
    ).toBe('ID  NAME    NOTE\n1   one     -\n22  twenty  two');
  });

  it('shortens the widest column first, and only columns with a cut', () => {
    const rows: Row[] = [['0123456789', 'abcdefghijklmnop', 'a note that is much too long for it']];
    const lines = table(COLUMNS, rows, 40).split('\n');
    expect(lines.map((line) => line.length)).toEqual([expect.any(Number), 40]);
    expect(lines[1]).toBe('0123456789  abcdef…klmnop  a note that …');
    expect(table(COLUMNS, rows, 10).split('\n')[1]).toBe('0123456789  abc…op  a not…');
  });

  it('shows more columns on a wide terminal', () => {
    expect(table(COLUMNS, [['1', 'one', null]], 100)).toContain('MORE');
    expect(table(COLUMNS, [['1', 'one', null]], 99)).not.toContain('MORE');
  });

  it('removes control characters and line breaks', () => {
    expect(table(COLUMNS, [['1', 'o\u001b[31mn\r\ne\u202e', '']], 80).split('\n')[1]).toBe(
      '1   o [31mn e  -',
    );
  });
});

describe('cut', () => {
  it.each([
    ['abcdef', 6, 'end', 'abcdef'],
    ['abcdefg', 6, 'end', 'abcde…'],
    ['abcdefg', 6, 'middle', 'abc…fg'],
    ['abcdefg', 1, 'middle', '…'],
  ] as const)('shortens %j to %d characters at the %s: %j', (text, width, where, expected) => {
    expect(cut(text, width, where)).toBe(expected);
  });
});
