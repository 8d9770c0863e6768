// Commands and texts: what a person types is read, and never goes out to everyone by a slip.
import { must } from '../audit.ts'
import { about, type Bench } from '../bench.ts'
import { check, same, skip } from '../check.ts'
import { SEND } from '../documents.ts'
import type { Data, Variables } from '../wire/http.ts'

/** However it is typed, it is private to whom it names, has this text, and reaches nobody else. */
async function isPrivate(bench: Bench, typed: (name: string, word: string) => string): Promise<void> {
  const [ana, bia, cleo] = await bench.three()
  const bystander = await bench.feed(cleo)
  const word = bench.word()
  const { sendMessage } = await bench.data(ana, SEND, { text: typed(bia.username, word) })
  same([sendMessage.to?.id, sendMessage.text], [bia.id, word], 'the recipient and the text')
  same(about(await bystander.soFar(), sendMessage.id), [], 'what a bystander got')
}

/** It is refused with this code, and reaches nobody. */
async function isRefused(bench: Bench, typed: readonly string[], code: string): Promise<void> {
  const [ana, bia] = await bench.pair()
  const word = bench.word()
  const bystander = await bench.feed(bia)
  for (const text of typed) {
    const filled = text.replace('WORD', word).replace('NAME', bia.username)
    await bench.refuses(ana, SEND, { text: filled }, code, JSON.stringify(text))
  }
  const came = (await bystander.soFar()).filter(({ message }: Data) => message?.text.includes(word))
  same(came, [], 'what a bystander got')
}

async function isTaken(bench: Bench, variables: Variables, expected: { to: boolean; text: string }): Promise<void> {
  const [ana, bia] = await bench.pair()
  const named = 'to' in variables ? { ...variables, to: bia.username } : variables
  const { sendMessage } = await bench.data(ana, SEND, named)
  same([sendMessage.text, sendMessage.to?.id ?? null], [expected.text, expected.to ? bia.id : null], 'the message')
}

async function textRefused(bench: Bench, texts: readonly string[], code: string): Promise<void> {
  const ana = await bench.person()
  for (const text of texts) {
    const what = JSON.stringify(text.slice(0, 20))
    await bench.refuses(ana, SEND, { text, to: ana.username }, code, `the text ${what}`)
    await bench.refuses(ana, SEND, { text, plain: true }, code, `the plain text ${what}`)
  }
}

export const texts = [
  must('COMMAND-1a', 'find a command behind white space', bench =>
    isPrivate(bench, (name, word) => ` \n\u00a0\u3000/msg ${name} ${word}`),
  ),
  must('COMMAND-1b', 'find a command behind the full-width slash', bench =>
    isPrivate(bench, (name, word) => `／msg ${name} ${word}`),
  ),
  must('COMMAND-1c', 'find a command behind zero-width and format characters', bench =>
    isPrivate(bench, (name, word) => `\u200b\ufeff\u200f/msg ${name} ${word}`),
  ),
  must('COMMAND-1d', 'never let a command go out as a public text', bench =>
    isRefused(bench, ['/masg NAME WORD', '\u200b／msgs NAME WORD', ' /WORD'], 'UNKNOWN_COMMAND'),
  ),
  must('COMMAND-2a', 'take `/msg name text` as private to that name', bench =>
    isPrivate(bench, (name, word) => `/msg ${name} ${word}`),
  ),
  must('COMMAND-2b', 'take `/w` and `/dm` for `/msg`', async bench => {
    await isPrivate(bench, (name, word) => `/w ${name} ${word}`)
    await isPrivate(bench, (name, word) => `/dm ${name} ${word}`)
  }),
  must('COMMAND-2c', 'take the command in any case', async bench => {
    await isPrivate(bench, (name, word) => `/MSG ${name} ${word}`)
    await isPrivate(bench, (name, word) => `/Dm ${name} ${word}`)
  }),
  must('COMMAND-2d', 'refuse a command without a name with BAD_USER_INPUT', bench =>
    isRefused(bench, ['/msg', '/msg  '], 'BAD_USER_INPUT'),
  ),
  must('COMMAND-2e', 'refuse a command without a text with TEXT_EMPTY', bench =>
    isRefused(bench, ['/msg NAME', '/msg NAME \u200b\u00a0'], 'TEXT_EMPTY'),
  ),
  must('COMMAND-2f', 'refuse a command to a name that nobody has with UNKNOWN_RECIPIENT', bench =>
    isRefused(bench, ['/msg nobody-has-this-name WORD'], 'UNKNOWN_RECIPIENT'),
  ),
  must('COMMAND-3', 'send `//text` as the public text `/text`', bench =>
    isTaken(bench, { text: '//audit' }, { to: false, text: '/audit' }),
  ),
  must('COMMAND-4', 'refuse any other command with UNKNOWN_COMMAND', bench =>
    isRefused(bench, ['/', '/help WORD', '/ msg NAME WORD', '/__proto__ WORD'], 'UNKNOWN_COMMAND'),
  ),
  must('COMMAND-5a', 'take the text with `to` as it is, whatever it starts with', bench =>
    isTaken(bench, { text: '/msg x y', to: '' }, { to: true, text: '/msg x y' }),
  ),
  must('COMMAND-5b', 'take the text with `plain: true` as it is', bench =>
    isTaken(bench, { text: '/msg x y', plain: true }, { to: false, text: '/msg x y' }),
  ),
  must('COMMAND-5c', 'take `to` together with `plain: true` as private', bench =>
    isTaken(bench, { text: 'both', to: '', plain: true }, { to: true, text: 'both' }),
  ),
  must('TEXT-1a', 'refuse a text over `Limits.textCodePoints` with TEXT_TOO_LONG', async bench => {
    const { textCodePoints: most, messageBytes } = bench.server.limits
    if (most === 0) skip('textCodePoints is 0: no limit')
    if (messageBytes > 0 && most * 2 + 2_000 > messageBytes) skip('such a text does not fit into a message')
    await textRefused(bench, ['é'.repeat(most + 1)], 'TEXT_TOO_LONG')
  }),
  must('TEXT-1b', 'say in `extensions` the unit, the limit and how long it was', async bench => {
    const { textCodePoints: most, messageBytes } = bench.server.limits
    if (most === 0) skip('textCodePoints is 0: no limit')
    if (messageBytes > 0 && most + 2_000 > messageBytes) skip('such a text does not fit into a message')
    const { errors } = await bench.ask(await bench.person(), SEND, { text: 'x'.repeat(most + 1), plain: true })
    const { unit, limit, actual } = errors?.[0]?.extensions ?? {}
    same([typeof unit, limit, actual], ['string', most, most + 1], '`unit`, `limit` and `actual`')
  }),
  must('TEXT-1c', 'take a text of exactly `Limits.textCodePoints`, of four bytes each', async bench => {
    const { textCodePoints: most, textBytes, messageBytes } = bench.server.limits
    if (most === 0) skip('textCodePoints is 0: no limit')
    if (textBytes > 0 && most * 4 > textBytes) skip('textBytes is the narrower limit')
    if (messageBytes > 0 && most * 4 + 2_000 > messageBytes) skip('such a text does not fit into a message')
    const ana = await bench.person()
    const text = '\u{1F600}'.repeat(most)
    same((await bench.send(ana, text, ana)).text === text, true, 'whether it came through as it was sent')
  }),
  must('TEXT-2a', 'refuse a text with a NUL with TEXT_INVALID', bench =>
    textRefused(bench, ['a\u0000b'], 'TEXT_INVALID'),
  ),
  must('TEXT-2b', 'refuse a text with a lone surrogate with TEXT_INVALID', bench =>
    textRefused(bench, ['a\ud83d', '\ude00a'], 'TEXT_INVALID'),
  ),
  must('TEXT-3', 'refuse a text without a visible character with TEXT_EMPTY', bench =>
    textRefused(bench, ['', ' \n\t\u00a0\u3000', '\u200b\u200d\ufeff\u2060\u00ad'], 'TEXT_EMPTY'),
  ),
  must('TEXT-4', 'deliver everything else exactly as it was sent', async bench => {
    const ana = await bench.person()
    const feed = await bench.feed(ana)
    for (const text of ['a\u202eb\u2066c', '<script>alert(1)</script>', ' a ', 'e\u0301', '\u200ba', '"\\\u2028\n']) {
      const sent = await bench.send(ana, text, ana)
      same(sent.text, text, 'the text of the acknowledgement')
      const [event] = about(await feed.soFar(), sent.id)
      same(event?.message.text, text, 'the text in a feed')
      const { nodes } = await bench.page(ana, { with: ana.username, before: (await bench.send(ana, 'x', ana)).cursor })
      check(
        nodes.some((node: Data) => node.id === sent.id && node.text === text),
        'the text on a page is another',
      )
    }
  }),
]
