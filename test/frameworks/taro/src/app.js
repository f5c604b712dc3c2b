import { auth } from './auth'

// The pages wait on the same login and show its outcome.
auth.ready().catch(() => null)

export default function App({ children }) {
  return children
}
