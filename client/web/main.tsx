// The page begins here: the appearance before the first paint, then React.
import './style/token.css'
import './style/base.css'
import './style/control.css'
import './style/enter.css'
import './style/chat.css'
import './style/sidebar.css'
import './style/thread.css'
import './style/composer.css'
import './style/motion.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { LanguageProvider } from './i18n/language.tsx'
import { startTheme } from './parts/theme.ts'
import { createAccount } from './state/account.ts'

startTheme()
const account = createAccount()
void account.start()

const root = document.querySelector('#root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <LanguageProvider>
      <App account={account} />
    </LanguageProvider>
  </StrictMode>,
)
