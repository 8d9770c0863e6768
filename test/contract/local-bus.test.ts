// The bus contract, held by the bus of a single node.
import { createLocalBus } from '../../server/bus/local.ts'
import { describeBus } from './bus.ts'

describeBus('local', async () => {
  const bus = createLocalBus()
  return { bus, publish: async entry => bus.publish([entry]), dispose: async () => {} }
})
