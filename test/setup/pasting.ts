// What documents tell people to paste: curl lines, and frames with what they are answered by.

/** The words of a shell command line with single and double quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  )
}

/** A document's words in capitals, such as TOKEN, by what stands for them. */
export function fill(text: string, values: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(/\b[A-Z][A-Z_]{3,}\b/g, word => values[word] ?? word)
}

/** Does what curl would do. @param server stands in place of `http://127.0.0.1:4000` */
export function curl(
  server: string,
  line: string,
  values: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = {}
  let url = ''
  let body: string | undefined
  const args = words(line).slice(1)
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '-N' || arg === '-s') continue
    if (arg === '-d') body = fill(args[++i] ?? '', values)
    else if (arg === '-H') {
      const [name = '', ...value] = (args[++i] ?? '').split(': ')
      headers[name] = fill(value.join(': '), values)
    } else if (url === '') url = arg.replace('http://127.0.0.1:4000', server)
    else throw new Error(`what is ${arg}?`)
  }
  return fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body === undefined ? {} : { body }),
    ...(signal ? { signal } : {}),
  })
}

/** The document's frame with what varies replaced by what came, if that is of the same kind. */
export function alike(documented: unknown, came: unknown, key = ''): unknown {
  if (key === 'id' || key === 'cursor') {
    const kind = (value: unknown): string => String(value).replaceAll(/[0-9A-Za-z_]/g, 'x')
    const [a, b] = [kind(documented), kind(came)]
    if (key === 'cursor' ? a === b : a.length === b.length && !a.startsWith('xxxxxxxx-')) return came
  }
  if (Array.isArray(documented) && Array.isArray(came)) return documented.map((item, i) => alike(item, came[i]))
  if (documented && came && typeof documented === 'object' && typeof came === 'object') {
    const found = came as Record<string, unknown>
    return Object.fromEntries(
      Object.entries(documented).map(([name, value]) => [name, alike(value, found[name], name)]),
    )
  }
  return documented
}
