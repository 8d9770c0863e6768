// What can be typed here: the commands, and the keys of writing and reading.
import '../style/panel.css'
import type { ReactNode } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { useMedia } from '../parts/media.ts'
import { COMMANDS } from './command.ts'
import { ShortcutList } from './shortcut-list.tsx'
import { commandArguments } from './suggestion-list.tsx'

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const words = useWords()
  const hasKeyboard = useMedia('(hover: hover) and (pointer: fine)')
  const keys: readonly (readonly [ReactNode, string])[] = [
    [<kbd key="k">Shift + Enter</kbd>, words.help.newLine],
    [<kbd key="k">↑</kbd>, words.help.editLast],
    [<kbd key="k">Esc</kbd>, words.help.cancel],
    [<kbd key="k">R · E · C · Del</kbd>, words.help.messageKeys],
  ]
  return (
    <Dialog title={words.help.title} onClose={onClose}>
      {() => (
        <div className="dialog-body help">
          <section>
            <h3 className="help-title">{words.help.commands}</h3>
            <dl className="help-list">
              {COMMANDS.map(command => (
                <div key={command}>
                  <dt>
                    <code>{`/${command}`}</code> <span className="quiet">{commandArguments(command, words)}</span>
                  </dt>
                  <dd>{words.help[command]}</dd>
                </div>
              ))}
              <div>
                <dt>
                  <code>{'//'}</code> <span className="quiet">{words.help.text}</span>
                </dt>
                <dd>{words.help.slash}</dd>
              </div>
              <div>
                <dt>
                  <code>@</code>
                  <span className="quiet">{words.help.name}</span>
                </dt>
                <dd>{words.help.mention}</dd>
              </div>
            </dl>
          </section>
          {hasKeyboard && (
            <div className="help-keys">
              <section>
                <h3 className="help-title">{words.help.writing}</h3>
                <dl className="help-list">
                  {keys.map(([key, text]) => (
                    <div key={text}>
                      <dt>{key}</dt>
                      <dd>{text}</dd>
                    </div>
                  ))}
                </dl>
              </section>
              <ShortcutList />
            </div>
          )}
        </div>
      )}
    </Dialog>
  )
}
