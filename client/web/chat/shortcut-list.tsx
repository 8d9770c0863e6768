// The keys that work anywhere, for the help sheet.
import { useWords } from '../i18n/language.tsx'

const IS_APPLE = /mac|iphone|ipad/i.test(navigator.userAgent)

export function ShortcutList() {
  const { help } = useWords()
  const command = IS_APPLE ? '⌘' : 'Ctrl'
  const keys: readonly (readonly [string, string])[] = [
    [`${command} + K`, help.goTo],
    ['Alt + ↑ · ↓', help.upDown],
    ['Alt + Shift + ↑ · ↓', help.nextUnread],
    ['Esc', help.toComposer],
    ['?', help.thisHelp],
    [`${command} + ,`, help.settings],
  ]
  return (
    <section>
      <h3 className="help-title">{help.keys}</h3>
      <dl className="help-list">
        {keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
