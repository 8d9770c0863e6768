// Links and headings of a Markdown text, as a forge would render them.

export interface Link {
  readonly target: string
  /** From 1. */
  readonly line: number
}

/** The text with its code blanked out, line by line: what looks like a link there is none. */
function withoutCode(text: string): string {
  let fence = ''
  return text
    .split('\n')
    .map(line => {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? ''
      if (fence === '' && mark !== '') fence = mark
      else if (fence !== '' && mark.startsWith(fence)) fence = ''
      else if (fence === '') return line.replaceAll(/(`+)(?!`)(.*?[^`])\1(?!`)/g, code => ' '.repeat(code.length))
      return ''
    })
    .join('\n')
}

/** Inline links and images, definitions of references, and `href` and `src` of HTML. */
export function linksOf(text: string): Link[] {
  const lines = withoutCode(text).split('\n')
  return lines.flatMap((line, index) => {
    const inline = [...line.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
    const definitions = [...line.matchAll(/^\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/g)]
    const html = [...line.matchAll(/(?:href|src|srcset)="([^"]+)"/g)]
    return [...inline, ...definitions, ...html].map(([, target = '']) => ({ target, line: index + 1 }))
  })
}

/** References that nothing defines, such as `[text][ref]`. */
export function undefinedReferences(text: string): string[] {
  const plain = withoutCode(text)
  const defined = new Set([...plain.matchAll(/^\[([^\]]+)\]:/gm)].map(([, name = '']) => name.toLowerCase()))
  return [...plain.matchAll(/\[[^\]]*\]\[([^\]]+)\]/g)]
    .map(([, name = '']) => name.toLowerCase())
    .filter(name => !defined.has(name))
}

/** What may stand behind `#`: headings as GitHub names them, and ids of HTML. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  const times = new Map<string, number>()
  const headings = [...text.replaceAll(/^\s*(`{3,}|~{3,})[\s\S]*?^\s*\1/gm, '').matchAll(/^#{1,6}\s+(.*?)\s*#*\s*$/gm)]
  for (const [, heading = ''] of headings) {
    const slug = heading
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/<[^>]*>/g, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-')
    const before = times.get(slug) ?? 0
    times.set(slug, before + 1)
    anchors.add(before === 0 ? slug : `${slug}-${before}`)
  }
  for (const [, id = ''] of withoutCode(text).matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id)
  return anchors
}
