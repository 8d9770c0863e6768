// A part of the page that is fetched when it is wanted. Where it can't be (no connection yet, or a newer version of the
// page is served) it says so, and the rest of the page goes on.
import { type ComponentType, useEffect, useState } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Bar } from './bar.tsx'

/**
 * @param load fetches it; called again after a failure
 * @param leave what closes it, of its properties
 */
export function late<Properties extends object>(
  load: () => Promise<ComponentType<Properties>>,
  leave: (properties: Properties) => () => void,
): ComponentType<Properties> {
  let loaded: ComponentType<Properties> | null = null
  return function Late(properties: Properties) {
    const words = useWords()
    const [Part, setPart] = useState<ComponentType<Properties> | null>(() => loaded)
    const [hasFailed, setFailed] = useState(false)
    useEffect(() => {
      if (Part || hasFailed) return
      let isOver = false
      load().then(
        part => {
          loaded = part
          if (!isOver) setPart(() => part)
        },
        () => {
          if (!isOver) setFailed(true)
        },
      )
      return () => {
        isOver = true
      }
    }, [Part, hasFailed])
    if (Part) return <Part {...properties} />
    if (!hasFailed) return null
    return (
      <div className="late" role="alert">
        <Bar icon="warning" isWarning text={words.app.notLoaded} onDismiss={leave(properties)}>
          <button type="button" className="button-link" onClick={() => setFailed(false)}>
            {words.app.retryNow}
          </button>
          <button type="button" className="button-link" onClick={() => location.reload()}>
            {words.update.reload}
          </button>
        </Bar>
      </div>
    )
  }
}
