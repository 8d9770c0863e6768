// Charts as SVG text: bars and lines, readable on white and on black.

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .ours { fill: #0b7a5b } .theirs { fill: #8c959f }
  .axis { stroke: #d1d9e0 } .line { fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .quiet { fill: #9198a1 } .ours { fill: #2fbf93 } .theirs { fill: #6e7681 } .axis { stroke: #3d444d }
  }
`

export interface Bar {
  readonly label: string
  readonly value: number
  /** The value as it is written. */
  readonly shown: string
  readonly isOurs: boolean
}

const WIDTH = 720
const LABELS = 170
const VALUES = 110

/** Horizontal bars from zero, as long as their values. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const step = 28
  const top = 40
  const most = Math.max(...bars.map(({ value }) => value))
  const rows = bars.map(({ label, value, shown, isOurs }, index) => {
    const y = top + index * step
    const width = Math.max(1.5, (value / most) * (WIDTH - LABELS - VALUES))
    return [
      `<text x="${LABELS - 10}" y="${y + 15}" text-anchor="end">${escapeXml(label)}</text>`,
      `<rect class="${isOurs ? 'ours' : 'theirs'}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="20" rx="2"/>`,
      `<text x="${(LABELS + width + 8).toFixed(1)}" y="${y + 15}">${escapeXml(shown)}</text>`,
    ].join('')
  })
  return document(title, top + bars.length * step + 6, rows)
}

export interface Line {
  readonly label: string
  readonly points: readonly { readonly x: number; readonly y: number; readonly shown: string }[]
}

const COLOURS = ['#0b8f6a', '#3b82c4', '#c4703b']

/** Lines over a logarithmic x axis; y is linear, from zero. */
export function lineChart(title: string, xLabel: string, lines: readonly Line[]): string {
  const [left, right, top, bottom] = [40, WIDTH - 40, 70, 280]
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b)
  const [first = 1, last = 10] = [xs[0], xs.at(-1)]
  const most = Math.max(...lines.flatMap(({ points }) => points.map(({ y }) => y))) * 1.15
  const xOf = (x: number): number =>
    left + (first === last ? 0.5 : Math.log(x / first) / Math.log(last / first)) * (right - left)
  const yOf = (y: number): number => bottom - (y / most) * (bottom - top)
  const axis = [
    `<line class="axis" x1="${left}" y1="${bottom}" x2="${right}" y2="${bottom}"/>`,
    ...xs.map(
      x =>
        `<text class="quiet" x="${xOf(x).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${x.toLocaleString('en')}</text>`,
    ),
    `<text class="quiet" x="${right}" y="${bottom + 36}" text-anchor="end">${escapeXml(xLabel)}</text>`,
  ]
  const drawn = lines.map(({ label, points }, index) => {
    const colour = COLOURS[index % COLOURS.length]
    const path = points.map(({ x, y }) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`).join(' ')
    // Neighbouring lines have their values on different sides.
    const above = index % 2 === 0 ? -9 : 19
    return [
      `<polyline class="line" stroke="${colour}" points="${path}"/>`,
      ...points.map(
        ({ x, y, shown }) =>
          `<circle fill="${colour}" cx="${xOf(x).toFixed(1)}" cy="${yOf(y).toFixed(1)}" r="3.5"/><text x="${xOf(x).toFixed(1)}" y="${(yOf(y) + above).toFixed(1)}" text-anchor="middle">${escapeXml(shown)}</text>`,
      ),
      `<circle fill="${colour}" cx="${left + index * 200}" cy="43" r="5"/><text class="quiet" x="${left + index * 200 + 10}" y="47">${escapeXml(label)}</text>`,
    ].join('')
  })
  return document(title, bottom + 46, [...axis, ...drawn])
}

function document(title: string, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="0" y="18">${escapeXml(title)}</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
