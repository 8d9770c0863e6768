// The library's page names everything that can be imported, and nothing that can't.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as core from '../../client/core/index.ts'
import * as node from '../../client/node/index.ts'
import * as react from '../../client/react/index.ts'

const page = readFileSync(new URL('../../client/core/README.md', import.meta.url), 'utf8')
const list = page.slice(page.indexOf('## Everything that is exported'))

test.each(Object.entries({ core, node, react }))('recado/%s', (name, module) => {
  const item = list.split(/^- /m).find(text => text.startsWith(`\`recado/${name}\``)) ?? ''
  const [, ...listed] = [...item.matchAll(/`([\w/]+)`/g)].map(([, word]) => word)
  const exported = Object.keys(module).filter(word => !/(Document|FragmentDoc)$/.test(word))
  expect(listed.sort()).toEqual(exported.sort())
})
