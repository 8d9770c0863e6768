// Texts that try to be something else (markup, a script, a link, a turn of the line, a flood) in every place of the page
// that shows what somebody wrote: they are text there, and the page around them stays as it is.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, data, type Entered, enter, request, type Sent, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

/** What templates of many languages would run; in two pieces, for it is none of ours. */
const TEMPLATE = `${'$'}{alert(1)}`

/** Each would say so, if it ran. */
const MARKUP = [
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)><svg/onload=alert(1)//',
  '<script>alert(1)</script>',
  '</p></li></ul></main><script>alert(1)</script>',
  '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
  '<style>*{display:none!important}</style>',
  '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example/">',
  '<form action="https://evil.example/"><button autofocus onfocus=alert(1)>x</button></form>',
  '<a href="javascript:alert(1)">aqui</a> [aqui](javascript:alert(1))',
  '<!-- ]]> --!> &lt;img src=x onerror=alert(1)&gt; &#60;b&#62;',
  `"onmouseover="alert(1)" ' onfocus='alert(1) \`${TEMPLATE}\``,
  `{{constructor.constructor("alert(1)")()}} ${TEMPLATE} #{alert(1)} <%= alert(1) %>`,
]

const NO_LINKS = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1) java\nscript:alert(1)',
  'vbscript:msgbox(1)',
  'data:text/html,<script>alert(1)</script>',
  'data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==',
  'blob:https://evil.example/x file:///etc/passwd filesystem:https://evil.example/x',
  'view-source:x intent://x#Intent;scheme=javascript;end about:blank',
  'http://javascript:alert(1)',
]

const TURNED = [
  '\u202ecod.exe\u202c',
  '\u2066\u2066\u2066 nunca fechado',
  '\u202e\u202e\u202e nunca fechado',
  'fim \u2067',
  '\u061c\u200f\u200e oi',
  'a\u200bb\u200cc\u200dd\u2060e\ufefff',
  '\u{e0068}\u{e0069} marcas invisíveis',
]

const FLOODS = [
  'x'.repeat(3_900),
  `Z${'\u0301\u0310\u0334\u0489'.repeat(400)}algo`,
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'.repeat(300),
  '\ufdfd'.repeat(200),
  'linha\n'.repeat(600).trim(),
  '𒐫'.repeat(300),
  'WWWW'.repeat(200),
]

let server: TestServer
let browser: Browser
let joao: Device
let maria: Entered

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria')
  joao = await openDevice(browser, server.url)
  // A script that ran would open one.
  joao.page.on('dialog', dialog => {
    ;(joao.complaints as string[]).push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await joao.enter('joao')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const say = (text: string, more: { to?: string } = {}): Promise<Sent> =>
  send(server.graphql, maria.token, { text, plain: true, ...more })

/** Elements that the page itself has in a message. */
const OURS = ['a', 'bdi', 'mark', 'path', 'span', 'svg', 'time']

/** The names of all elements inside what matches. */
const elementsIn = (selector: string): Promise<string[]> =>
  joao.page.locator(`${selector} *`).evaluateAll(all => [...new Set(all.map(element => element.localName))].toSorted())

/** What no text may add to the page; it loads parts of its own meanwhile. */
const ADDED = [
  'script',
  'style',
  'base',
  'meta',
  'iframe',
  'form',
  'img',
  'object',
  'embed',
  'main',
  'title',
  '[rel=icon]',
]

/** How many of each there are. */
const skeleton = (): Promise<Record<string, number>> =>
  joao.page.evaluate(
    selectors => Object.fromEntries(selectors.map(name => [name, document.querySelectorAll(name).length])),
    ADDED,
  )

async function shows(texts: readonly string[], more: { to?: string } = {}): Promise<void> {
  for (const text of texts) await say(text, more)
  await joao.hasLast(texts.at(-1) ?? '')
}

describe('in the thread', () => {
  test('markup is text, and nothing of it is in the page', async () => {
    const before = await skeleton()
    await shows(MARKUP)
    expect((await joao.texts()).slice(-MARKUP.length)).toEqual(MARKUP)
    expect(await skeleton()).toEqual(before)
    expect((await elementsIn('.message-text')).filter(name => !OURS.includes(name))).toEqual([])
    const handlers = '[onload], [onerror], [onfocus], [onmouseover], [style*=display]'
    expect(await joao.page.locator(handlers).count()).toBe(0)
  })

  test('nothing but the web becomes a link', async () => {
    const links = () =>
      joao.page.locator('.message-text a').evaluateAll(all => all.map(link => (link as HTMLAnchorElement).href))
    const before = (await links()).length
    await shows(NO_LINKS)
    expect((await joao.texts()).slice(-NO_LINKS.length)).toEqual(NO_LINKS)
    // Inside `blob:` and `filesystem:` stands one, and it is only that.
    expect((await links()).slice(before)).toEqual(Array(2).fill('https://evil.example/x'))
    for (const href of await links()) expect(href).toMatch(/^https?:/)
  })

  test('a link that leads elsewhere than it looks says where', async () => {
    await say('https://b\u0430nco.example/entrar')
    await joao.hasLast('https://b\u0430nco.example/entrar (xn--bnco-53d.example)')
    await say('https://banco.example@evil.example/')
    await joao.hasLast('https://banco.example@evil.example/ (evil.example)')
    await say('https://ação.example/')
    await joao.hasLast('https://ação.example/')
  })

  test('what turns the line turns its own message only', async () => {
    for (const text of TURNED) {
      await say(text)
      await joao.hasLast(text)
      const row = joao.page.locator('li.message').last()
      const text_ = row.locator('.message-text')
      expect(await text_.evaluate(element => getComputedStyle(element).unicodeBidi)).toMatch(/isolate|plaintext/)
      // The author and the time stand where they stood, and read as they did.
      expect(await row.locator('time').first().textContent()).toMatch(/^\d\d:\d\d$/)
    }
    await say('direita')
    await joao.hasLast('direita')
    const last = joao.page.locator('li.message').last().locator('.message-text')
    expect(await last.evaluate(element => getComputedStyle(element).direction)).toBe('ltr')
  })

  test('a flood stays inside its message, and the page as wide as it was', async () => {
    for (const text of FLOODS) {
      await say(text)
      await joao.hasLast(text)
      const fits = await joao.page.evaluate(() => {
        const box = document.querySelector('.thread')?.getBoundingClientRect()
        const row = [...document.querySelectorAll('li.message .bubble')].at(-1)?.getBoundingClientRect()
        const element = [...document.querySelectorAll('.message-text')].at(-1)
        return {
          isPageWide: document.documentElement.scrollWidth <= document.documentElement.clientWidth,
          isInside: box !== undefined && row !== undefined && row.left >= box.left && row.right <= box.right,
          overflow: element ? getComputedStyle(element).overflow : null,
        }
      })
      expect([text.slice(0, 10), fits]).toEqual([
        text.slice(0, 10),
        { isPageWide: true, isInside: true, overflow: 'clip' },
      ])
    }
  })
})

describe('elsewhere', () => {
  test('a quote, the sidebar and the title show it as text', async () => {
    const before = await skeleton()
    const target = await say('<img src=x onerror=alert(1)> citado')
    await data(server.graphql, 'mutation ($id: ID!) { sendMessage(text: "resposta", replyTo: $id) { id } }', {
      token: maria.token,
      variables: { id: target.id },
    })
    await joao.hasLast('resposta')
    await joao.page.locator('.quote', { hasText: '<img src=x onerror=alert(1)> citado' }).waitFor()
    await say('<b onmouseover=alert(1)>negrito</b>', { to: 'joao' })
    await joao.page.locator('.sidebar .row-preview', { hasText: '<b onmouseover=alert(1)>negrito</b>' }).waitFor()
    await until('the title tells of it', async () => /^\(\d+\) /.test(await joao.page.title()))
    expect(await skeleton()).toEqual(before)
    expect(await elementsIn('.quote-text')).toEqual(['bdi', 'span'])
    expect(await joao.page.locator('.row-preview b').count()).toBe(0)
  })

  test('an answer, a deletion and a search show it as text', async () => {
    const before = await skeleton()
    await joao.page.locator('.composer textarea').fill('<i>minha</i> palavra')
    await joao.page.locator('.composer textarea').press('Enter')
    await joao.hasLast('<i>minha</i> palavra')
    await joao.page.getByRole('button', { name: 'Buscar mensagens' }).first().click()
    const dialog = joao.page.getByRole('dialog', { name: 'Buscar mensagens' })
    await dialog.getByRole('searchbox').fill('onerror <img')
    await dialog.locator('.hit-text').first().waitFor()
    const hits = await dialog.locator('.hit-text').allTextContents()
    expect(hits).toContain('<img src=x onerror=alert(1)> citado')
    expect(await elementsIn('.hit-text')).toEqual(['mark'])
    await joao.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await skeleton()).toEqual(before)
  })
})

test('what could be no text at all is no name and no device either', async () => {
  const NAMES = [
    '<b>',
    'a"b',
    "a'b",
    'a&b',
    '\u202eana',
    'an\u200ba',
    'a\u0000',
    'javascript:x',
    '\u{e0061}na',
    'a/b',
    'а\u006ea',
  ]
  for (const username of NAMES) {
    const result = await request(server.graphql, 'mutation ($n: String!) { enter(username: $n) { token } }', {
      variables: { n: username },
    })
    expect([username, codeOf(result)]).toEqual([username, 'USERNAME_INVALID'])
  }
  const zalgo = `Z${'\u0301\u0310\u0334'.repeat(8)}`
  for (const device of ['\u202eenohp', 'a\nb', 'a\u0007b', 'a\u200bb', zalgo.repeat(4)]) {
    const result = await request(
      server.graphql,
      'mutation ($d: String!) { enter(username: "aparelho", device: $d) { token } }',
      {
        variables: { d: device },
      },
    )
    expect([device, codeOf(result)]).toEqual([device, 'BAD_USER_INPUT'])
  }
})

test('the browser complains about nothing: no script ran, none was tried', () => {
  expectNoComplaints(joao)
})
