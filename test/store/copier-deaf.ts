// A copying thread that never does what it is asked to.
import { parentPort } from 'node:worker_threads'

parentPort?.on('message', () => {})
