// The shared worker: one for all tabs of this browser that show this build of the page.

import { randomNonce } from '../../core/nonce.ts'
import { createCopyStore } from './copy-store.ts'
import { serveTabs } from './serve-tabs.ts'

const serve = serveTabs(({ me, url }) => ({
  me,
  url,
  token: null,
  copy: createCopyStore(`${url} ${me.id}`, me, randomNonce()),
}))

addEventListener('connect', event => {
  const [port] = (event as MessageEvent).ports
  if (port) serve(port)
})
