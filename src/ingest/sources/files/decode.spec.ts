import { gzipSync } from 'node:zlib';
import { dataFiles, readPlainly, refusal } from '../../../../test/support/data-files.js';

const { file, gzipped, folder } = dataFiles();

const WORDS = 'naïve Ω 日本 🙂';
const CSV = `sku,name\n1,${WORDS}\n2,b\n`;
const ROWS = [
  [2, '1', WORDS],
  [3, '2', 'b'],
];

const utf16 = (text: string, isBigEndian = false) => {
  const bytes = Buffer.from(text, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
};
const latin = (text: string) => Buffer.from(text, 'latin1');

/** Every size of chunk cuts characters in two at some place. */
const CHUNKS = [1, 2, 3, 5, 7, 64 * 1024];

describe('readText', () => {
  it.each([
    ['UTF-8', Buffer.from(CSV)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${CSV}`)],
    ['UTF-16LE with a mark', utf16(`\uFEFF${CSV}`)],
    ['UTF-16BE with a mark', utf16(`\uFEFF${CSV}`, true)],
  ])('knows %s, however the chunks cut it', async (_, bytes) => {
    for (const chunkBytes of CHUNKS) {
      expect(await readPlainly(file('a.csv', bytes), [], { chunkBytes })).toEqual(ROWS);
      expect(await readPlainly(gzipped('a.csv', bytes), [], { chunkBytes })).toEqual(ROWS);
    }
  });

  it.each([
    ['utf-16le', utf16(CSV)],
    ['UTF-16', utf16(CSV)],
    ['utf-16be', utf16(CSV, true)],
    ['utf8', Buffer.from(CSV)],
  ])('takes %s from the mapping', async (encoding, bytes) => {
    expect(await readPlainly(file('a.csv', bytes, { encoding }))).toEqual(ROWS);
  });

  it('takes a mark for the truth where the mapping says otherwise', async () => {
    const bytes = utf16(`\uFEFF${CSV}`);
    expect(await readPlainly(file('a.csv', bytes, { encoding: 'windows-1252' }))).toEqual(ROWS);
  });

  it('decodes all of windows-1252, of which Node decodes a part wrongly', async () => {
    const bytes = Buffer.concat([latin('a\n'), Buffer.from([0x80, 0x85, 0x92, 0x9f, 0xe9, 0xff])]);
    for (const encoding of ['windows-1252', 'latin1', 'ISO-8859-1']) {
      expect(await readPlainly(file('a.csv', bytes, { encoding }))).toEqual([[2, '€…’Ÿéÿ']]);
    }
  });

  it('decodes characters of several bytes that a chunk cuts in two', async () => {
    const bytes = Buffer.from([0x61, 0x0a, 0x93, 0xfa, 0x96, 0x7b, 0x0a]);
    const shiftJis = file('a.csv', bytes, { encoding: 'shift_jis' });
    for (const chunkBytes of CHUNKS) {
      expect(await readPlainly(shiftJis, [], { chunkBytes })).toEqual([[2, '日本']]);
    }
  });

  it.each([
    ['UTF-8', latin('sku\nok\nä€ caf\xe9 au lait\n'), undefined, 'a.csv:3:1'],
    ['UTF-8', Buffer.concat([Buffer.from('sku\näß '), latin('\xe9t')]), undefined, 'a.csv:2:4'],
    ['UTF-8', Buffer.concat([Buffer.from('sku\näß'), Buffer.from([0xc3])]), undefined, 'a.csv:2:3'],
    ['UTF-8', Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80]), undefined, 'a.csv:2:1'],
    ['UTF-16LE', utf16('sku\nab\ud800c\n'), 'utf-16le', 'a.csv:2:3'],
    ['UTF-16BE', utf16('sku\nab\udc00c\n', true), 'utf-16be', 'a.csv:2:3'],
    ['UTF-16LE', Buffer.concat([utf16('sku\nab'), latin('x')]), 'utf-16le', 'a.csv:2:3'],
    ['SHIFT_JIS', latin('sku\nab\xff\n'), 'shift_jis', 'a.csv:2:3'],
  ])('refuses bytes that are not %s at their place', async (name, bytes, encoding, place) => {
    for (const chunkBytes of CHUNKS) {
      const damaged = file('a.csv', bytes, encoding ? { encoding } : {});
      const detail = await refusal(damaged, [], { chunkBytes });
      expect(detail).toContain(`${place}: Here stands a byte that is not ${name}.`);
      expect(detail).toContain('`file: { encoding: windows-1252 }`');
    }
  });

  it('keeps replacement characters that stand in the file', async () => {
    expect(await readPlainly(file('a.csv', 'a\nx\uFFFDy\n'))).toEqual([[2, 'x\uFFFDy']]);
    const wide = file('a.csv', utf16('\uFEFFa\nx\uFFFDy\n'));
    expect(await readPlainly(wide)).toEqual([[2, 'x\uFFFDy']]);
  });

  it('refuses an encoding that nobody knows', async () => {
    const detail = await refusal(file('a.csv', CSV, { encoding: 'klingon' }));
    expect(detail).toMatch(/^a\.csv: The encoding of the mapping is not known/);
  });

  it('refuses UTF-16 without a mark, and says how to name it', async () => {
    expect(await refusal(file('a.csv', utf16(CSV)))).toMatch(/^a\.csv:1:2: .*utf-16le/);
    expect(await refusal(file('a.csv', 'a,b\n1,\0\n'))).toMatch(/^a\.csv:2:3: /);
  });

  it.each([
    ['a zip archive or a spreadsheet', latin('PK\x03\x04\x14\x00')],
    ['an old spreadsheet', latin('\xd0\xcf\x11\xe0\xa1\xb1')],
    ['a parquet file', latin('PAR1\x15\x04')],
    ['a PDF', latin('%PDF-1.7')],
    ['packed with zstd', latin('\x28\xb5\x2f\xfd\x04\x00')],
    ['packed with xz', latin('\xfd7zXZ\x00')],
    ['packed with bzip2', latin('BZh91AY')],
  ])('says of other files what they are: %s', async (kind, bytes) => {
    expect(await refusal(file('a.csv', bytes))).toContain(`a.csv: It is ${kind}.`);
  });

  it.each(['a.csv', 'a.ndjson', 'a.json', 'a'])('refuses an empty %s', async (name) => {
    for (const empty of ['', '\n', ' \r\n\n', '\uFEFF']) {
      expect(await refusal(file(name, empty))).toBe(`${name}: The file is empty.`);
      expect(await refusal(gzipped(name, empty))).toBe(`${name}: The file is empty.`);
    }
  });

  it('refuses what is not there, and what is no file', async () => {
    const absent = { path: `${folder}/none`, name: 'a.csv' };
    expect(await refusal(absent)).toBe('a.csv: The file cannot be opened (ENOENT).');
    expect(await refusal({ path: folder, name: 'a' })).toBe('a: It is not a regular file.');
    expect(await refusal({ path: '/dev/null', name: 'a' })).toBe('a: It is not a regular file.');
  });
});

describe('gzip', () => {
  const rows = Array.from({ length: 400 }, (_, index) => `${index},${index * 7919}`).join('\n');
  const content = `sku,name\n${rows}\n`;
  const packed = gzipSync(content);
  const small = { chunkBytes: 100 };

  it('is known by its bytes, whatever its name', async () => {
    for (const name of ['a.csv', 'a.csv.gz', 'a.CSV.GZ', 'a']) {
      expect(await readPlainly(file(name, packed))).toHaveLength(400);
      expect(await readPlainly(file(name, content))).toHaveLength(400);
    }
  });

  it('is refused wherever it is cut off', async () => {
    for (let length = 1; length < packed.length; length += length < 30 ? 1 : 53) {
      const cut = file('a.csv.gz', packed.subarray(0, length));
      expect(await refusal(cut, [], small)).toBe(
        `a.csv.gz: The gzip is cut short: it ends after ${length} bytes. Copy the whole file again.`,
      );
    }
  });

  it('is refused where its end is cut off', async () => {
    for (let missing = 1; missing <= 12; missing += 1) {
      const cut = file('a.csv.gz', packed.subarray(0, -missing));
      expect(await refusal(cut)).toMatch(/cut short/);
    }
  });

  it('is refused where any byte of its data or checksum is another', async () => {
    for (let at = 10; at < packed.length; at += at > packed.length - 9 ? 1 : 97) {
      const damaged = Buffer.from(packed);
      damaged[at]! ^= 0x55;
      const detail = await refusal(file('a.csv.gz', damaged), [], small);
      expect(detail).toMatch(/^a\.csv\.gz: The gzip is (damaged|cut short)/);
    }
  });

  it('may have several members and zeros at its end', async () => {
    const more = gzipSync('400,1\n401,1\n');
    const two = Buffer.concat([packed, more, Buffer.alloc(600)]);
    for (const chunkBytes of [64, 100, 64 * 1024]) {
      expect(await readPlainly(file('a.csv', two), [], { chunkBytes })).toHaveLength(402);
    }
  });

  it('is refused where something else follows, which Node drops behind zeros', async () => {
    const more = gzipSync('400,1\n');
    const hidden = Buffer.concat([packed, Buffer.alloc(70_000), more]);
    expect(await refusal(file('a.csv', hidden))).toMatch(/after its \d+ bytes stands something/);
    const rubbish = Buffer.concat([packed, Buffer.from('rubbish')]);
    expect(await refusal(file('a.csv', rubbish))).toMatch(/The gzip is damaged/);
  });
});
