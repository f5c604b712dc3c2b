import { auth } from './auth'

// Pages wait for the same login and show its outcome.
auth.ready().catch(() => null)

export default function App({ children }) {
  return children
}
