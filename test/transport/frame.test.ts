// Frames built once and patched for each socket: whatever the operation id and the payloads, what arrives is a text frame
// for each payload that says exactly this, also after other ids of the same length stood there.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildTemplate, encodeId, fill } from '../../server/transport/fan-out/frame.ts'

/** The texts of whole, unmasked text frames. */
function textsOf(bytes: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x81)
    const short = bytes[at + 1] as number
    const [head, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(at + 2)]
          : [10, Number(bytes.readBigUInt64BE(at + 2))]
    texts.push(bytes.toString('utf8', at + head, at + head + length))
    at += head + length
  }
  return texts
}

const id = fc.oneof(
  fc.uuid(),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.constantFrom('"', '\\', '\n', 'é', '€', '🙂', '\u2028', '\ud800', '__proto__'),
)
const payload = fc.oneof(fc.json(), fc.constantFrom('"'.padEnd(200, 'x').concat('"'), `"${'y'.repeat(70_000)}"`))

test('each frame of a template has the id that was filled in last, as JSON', () => {
  fc.assert(
    fc.property(fc.array(id, { minLength: 1, maxLength: 5 }), fc.array(payload, { maxLength: 4 }), (ids, payloads) => {
      const templates = new Map<number, ReturnType<typeof buildTemplate>>()
      for (const each of ids) {
        const encoded = encodeId(each)
        const length = Buffer.byteLength(encoded)
        const template =
          templates.get(length) ??
          buildTemplate(
            payloads.map(json => Buffer.from(json)),
            length,
          )
        templates.set(length, template)
        fill(template, encoded)
        const expected = payloads.map(json => `{"id":${JSON.stringify(each)},"type":"next","payload":${json}}`)
        expect(textsOf(template.bytes)).toEqual(expected)
      }
    }),
    { numRuns: 300 },
  )
})
