// Names: what is accepted, what is refused with which sentence, and which spellings are one name.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../server/domain/errors.ts'
import { parseUsername, usernameKey } from '../../server/domain/username.ts'

function refusalOf(input: string): string {
  try {
    parseUsername(input)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'USERNAME_INVALID') return error.message
    throw error
  }
  throw new Error(`${JSON.stringify(input)} was accepted`)
}

describe('a username', () => {
  it.each([
    'joao',
    'João',
    '7',
    'ana_maria-2.0',
    'Nguyễn',
    'Łukasz',
    'Νίκος',
    'Андрей',
    'Սևակ',
    'שרה',
    'מֹשֶׁה',
    'محمد',
    'مُحَمَّد',
    'محمد۲',
    'आशा',
    'हिन्दी2',
    'সুমি',
    'கார்த்திக்',
    'ಕನ್ನಡ',
    'สมชาย',
    'น้ำ',
    'ຂອບໃຈ',
    'བསྒྲུབས',
    'မြွှေ',
    'ខ្មែរ',
    'ნინო',
    'አበበ',
    '田中たろう',
    'ラーメン',
    '佐々木',
    '김철수',
    '王小明',
    'ㄅㄆㄇ',
    'ᏣᎳᎩ',
  ])('may be %s', name => {
    expect(parseUsername(name).key).not.toBe('')
  })

  it.each([
    ['', '1 to 32 characters; this one has none'],
    ['a'.repeat(33), '1 to 32 characters; this one has 33'],
    ['a'.repeat(60_000), '1 to 32 characters; this one has more'],
    ['.joao', 'starts with a letter or a digit'],
    ['-joao', 'starts with a letter or a digit'],
    ['\u0301joao', 'starts with a letter or a digit'],
    ['joao silva', 'not U+0020'],
    [' joao', 'not U+0020'],
    ['joao\u3000silva', 'not U+3000'],
    ['joão!', 'not U+0021'],
    ['joao\n', 'not U+000A'],
    ['jo\0ao', 'not U+0000'],
    ['jo\u200Bao', 'not U+200B'],
    ['jo\u200Dao', 'not U+200D'],
    ['jo\u00ADao', 'not U+00AD'],
    ['jo\uFE0Fao', 'not U+FE0F'],
    ['jo\u034Fao', 'not U+034F'],
    ['\u202Ejoao', 'not U+202E'],
    ['jo\u2066ao', 'not U+2066'],
    ['\u3164', 'not U+3164'],
    ['\u115Fa', 'not U+115F'],
    ['ក\u17B4', 'digits, `_`, `-` and `.` only, not U+17B4'],
    ['ᠠ\u180B', 'digits, `_`, `-` and `.` only, not U+180B'],
    ['joao\u{1F600}', 'not U+1F600'],
    ['jo\uE000ao', 'not U+E000'],
    ['jo\u0378ao', 'not U+0378'],
    ['jo\u{10FFFF}ao', 'not U+10FFFF'],
    ['jo\uD800ao', 'half of a character'],
    ['ﬁlipe', 'not U+FB01'],
    ['𝐣𝐨𝐚𝐨', 'not U+1D423'],
    ['joaoª', 'not U+00AA'],
    ['ʻokina', 'not U+02BB'],
    ['𐎀𐎁', 'not U+10380'],
    ['jоao', 'one script only'],
    ['joaoδ', 'one script only'],
    ['joao田', 'one script only'],
    ['たろう중', 'one script only'],
    ['آnna', 'one script only'],
    ['joao٢', 'one script only'],
    ['२2', 'digits of one kind'],
    ['٢۲', 'digits of one kind'],
    ['1שרה', 'from right to left'],
    ['שרה_', 'from right to left'],
    ['1\u0301', 'stands on a letter'],
    ['a_\u0301', 'stands on a letter'],
    ['x\u0323\u0323', 'no two alike'],
    ['x\u0323\u0332\u0331\u0325\u0330', 'at most 4 marks'],
  ])('may not be %j, and it says why: %s', (name, rule) => {
    expect(refusalOf(name)).toContain(rule)
    expect(usernameKey(name)).toBeNull()
  })

  it('is counted in code points after composition', () => {
    expect(parseUsername('e\u0301'.repeat(32)).username).toBe('é'.repeat(32))
    expect(parseUsername('𠮷'.repeat(32)).username).toBe('𠮷'.repeat(32))
    expect(refusalOf('𠮷'.repeat(33))).toContain('has 33')
  })

  it('is shown as typed, but for width and composition', () => {
    expect(parseUsername('ＪＯＡＯ').username).toBe('JOAO')
    expect(parseUsername('Joa\u0303o').username).toBe('João')
    expect(parseUsername('ｶﾞﾝ').username).toBe('ガン')
  })

  it('never repeats what was typed in a refusal: it could turn the sentence around', () => {
    expect(refusalOf('ab\u202Ecd')).not.toContain('\u202E')
  })
})

describe('a key', () => {
  it.each([
    ['João', 'joao'],
    ['JOÃO', 'joao'],
    ['ＪＯＡＯ', 'Joao'],
    ['Joa\u0303o', 'joao'],
    ['Søren', 'soren'],
    ['Łukasz', 'lukasz'],
    ['Straße', 'STRASSE'],
    ['Straße', 'STRAẞE'],
    ['Æsir', 'aesir'],
    ['Işıl', 'isil'],
    ['İpek', 'ipek'],
    ['Nguyễn', 'nguyen'],
    ['ΝΊΚΟΣ', 'νικος'],
    ['Νίκοσ', 'ΝΙΚΟΣ'],
    ['Алёна', 'АЛЕНА'],
    ['مُحَمَّد', 'محمد'],
    ['מֹשֶׁה', 'משה'],
    ['ᏣᎳᎩ', 'ꮳꮃꭹ'],
  ])('is the same for %s and %s', (one, other) => {
    expect(usernameKey(one)).toBe(usernameKey(other))
  })

  it.each([
    ['か', 'が'],
    ['हिन', 'हन'],
    ['สมชาย', 'สมชย'],
    ['احمد', 'أحمد'],
    ['cace', 'сасе'],
    ['joao', 'joao.'],
    ['김', '기'],
  ])('is not the same for %s and %s', (one, other) => {
    expect(usernameKey(one)).not.toBe(usernameKey(other))
  })
})

describe('a skeleton', () => {
  it.each([
    ['cace', 'сасе'],
    ['BOBA', 'ВОВА'],
    ['ooo', 'οοο'],
    ['ooo', 'օօօ'],
    ['NIKE', 'ΝΙΚΕ'],
    ['ALE', 'ᎪᏞᎬ'],
    ['joao', 'j0a0'],
    ['lia', '1ia'],
    ['Ian', 'lan'],
    ['maria', 'rnaria'],
    ['Maria', 'rnaria'],
    ['will', 'vvill'],
    ['आशा', 'अाशा'],
    ['علي', 'علی'],
    ['ロ', '口'],
    ['అ', 'ಅ'],
  ])('is the same for the look-alikes %s and %s', (one, other) => {
    expect(parseUsername(one).skeleton).toBe(parseUsername(other).skeleton)
  })

  it.each([
    ['joao', 'maria'],
    ['ana', 'anna'],
    ['ana', 'ane'],
    ['pedro', 'petra'],
    ['joao', 'joao_'],
    ['john', 'jane'],
    ['вова', 'вава'],
    ['さくら', 'はな'],
    ['ana1', 'ana2'],
  ])('is not the same for %s and %s', (one, other) => {
    expect(parseUsername(one).skeleton).not.toBe(parseUsername(other).skeleton)
  })
})

describe('any string', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(...'aAãЖжñ1٢_-.ßẞΣςقאיが力김\u0301\u0323\u200D\uFF21'), maxLength: 12 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map(unit => String.fromCharCode(unit)), maxLength: 8 }),
  )

  it('is a name or is refused with USERNAME_INVALID, and usernameKey says the same', () => {
    fc.assert(
      fc.property(anything, input => {
        const key = usernameKey(input)
        if (key === null) expect(refusalOf(input)).toMatch(/^An? (?:accent|letter|username) .*\.$/)
        else expect(parseUsername(input).key).toBe(key)
      }),
      { numRuns: 3000 },
    )
  })

  const names = anything.filter(input => usernameKey(input) !== null)

  it('that is a name stays the same name when it is read again, in another case, or decomposed', () => {
    fc.assert(
      fc.property(names, input => {
        const name = parseUsername(input)
        expect(parseUsername(name.username)).toEqual(name)
        const decomposed = name.username.normalize('NFD')
        expect(parseUsername(decomposed)).toEqual(name)
        expect(usernameKey(name.username.toLowerCase())).toBe(name.key)
        expect(name.key.length).toBeGreaterThan(0)
        expect(name.skeleton.length).toBeGreaterThan(0)
      }),
      { numRuns: 2000 },
    )
  })

  it('that is a name has nothing invisible in it', () => {
    fc.assert(
      fc.property(names, input => {
        expect(parseUsername(input).username).not.toMatch(
          /[\p{White_Space}\p{C}\p{Default_Ignorable_Code_Point}\p{S}\p{Sc}]/u,
        )
      }),
    )
  })
})
