// UTF-8, valid and not: the groups 6.5 to 6.23 of Autobahn, which follow Markus Kuhn's "UTF-8 decoder capability and stress
// test". Whether a sequence is valid is said here by what it is, and checked in the test against Node's own decoder.

export interface Sequence {
  readonly bytes: Buffer
  readonly isValid: boolean
}

export interface SequenceGroup {
  /** Autobahn's number, such as `6.5`. */
  readonly id: string
  readonly sequences: readonly Sequence[]
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const valid = (...texts: readonly string[]): Sequence[] => texts.map(text => ({ bytes: hex(text), isValid: true }))
const invalid = (...texts: readonly string[]): Sequence[] => texts.map(text => ({ bytes: hex(text), isValid: false }))

/** κόσμε */
const COSMOS = hex('ceba e1bdb9 cf83 cebc ceb5')
/** After so many bytes of it a character is whole. */
const WHOLE = [2, 5, 7, 9, 11]

const bytesFrom = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
const lonely = (from: number, to: number): string =>
  bytesFrom(from, to)
    .map(byte => `${byte.toString(16)}20`)
    .join('')

const CUT = ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080', 'df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf']

/** U+nFFFE and U+nFFFF of every plane from 1 on. */
const NON_CHARACTERS = bytesFrom(1, 17).flatMap(plane =>
  [0xfffe, 0xffff].map(low => Buffer.from(String.fromCodePoint(plane * 0x10000 + low)).toString('hex')),
)

export const GROUPS: readonly SequenceGroup[] = [
  {
    id: '6.5',
    sequences: [
      ...['hello$world', 'hello¢world', 'hello€world', 'hello𤭢world'].map(text => ({
        bytes: Buffer.from(text),
        isValid: true,
      })),
      { bytes: COSMOS, isValid: true },
    ],
  },
  {
    id: '6.6',
    sequences: bytesFrom(1, COSMOS.length + 1).map(length => ({
      bytes: COSMOS.subarray(0, length),
      isValid: WHOLE.includes(length),
    })),
  },
  { id: '6.7', sequences: valid('00', 'c280', 'e0a080', 'f0908080') },
  { id: '6.8', sequences: invalid('f888808080', 'fc8480808080') },
  { id: '6.9', sequences: valid('7f', 'dfbf', 'efbfbf', 'f48fbfbf') },
  { id: '6.10', sequences: invalid('f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf') },
  { id: '6.11', sequences: [...valid('ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf'), ...invalid('f4908080')] },
  {
    id: '6.12',
    sequences: invalid(
      '80',
      'bf',
      '80bf',
      '80bf80',
      '80bf80bf',
      '80bf80bf80',
      '80bf80bf80bf',
      Buffer.from(bytesFrom(0x80, 0xbf)).toString('hex'),
    ),
  },
  {
    id: '6.13',
    sequences: invalid(
      lonely(0xc0, 0xdf),
      lonely(0xe0, 0xef),
      lonely(0xf0, 0xf7),
      lonely(0xf8, 0xfb),
      lonely(0xfc, 0xfd),
    ),
  },
  { id: '6.14', sequences: invalid(...CUT) },
  { id: '6.15', sequences: invalid(CUT.join('')) },
  { id: '6.16', sequences: invalid('fe', 'ff', 'fefeffff') },
  { id: '6.17', sequences: invalid('c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af') },
  { id: '6.18', sequences: invalid('c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf') },
  { id: '6.19', sequences: invalid('c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080') },
  { id: '6.20', sequences: invalid('eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf') },
  {
    id: '6.21',
    sequences: invalid(
      ...['eda080', 'edadbf', 'edae80', 'edafbf'].flatMap(high => ['edb080', 'edbfbf'].map(low => high + low)),
    ),
  },
  { id: '6.22', sequences: valid('efbfbe', 'efbfbf', ...NON_CHARACTERS) },
  { id: '6.23', sequences: valid('efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf') },
]
