// docs/reference is what `npm run docs` would write now.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, referencePages } from '../../docs/generate/reference.ts'

test('the pages of docs/reference are fresh, and there is no other', async () => {
  const pages = await referencePages()
  const written = globSync('docs/reference/*.md', { cwd: ROOT })
  expect(written.toSorted()).toEqual([...pages.keys()].toSorted())
  for (const [path, text] of pages) {
    expect(readFileSync(join(ROOT, path), 'utf8'), `${path}: run npm run docs`).toBe(text)
  }
})
