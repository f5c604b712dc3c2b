/**
 * Sends one burst of load from its own process; takes its arguments as JSON in argv and prints the
 * result as JSON on stdout.
 *
 * Each login sends a unique code, as WeChat issues them: a repeated code is refused.
 */
import autocannon from 'autocannon'

const { url, kind, connections, seconds, tokens, run } = JSON.parse(process.argv[2])

let sent = 0

const requests = {
  login: () => [
    {
      method: 'POST',
      path: '/v1/login',
      headers: { 'content-type': 'application/json' },
      setupRequest: (request) => {
        request.body = `{"code":"${run}-${String(sent++).padStart(20, '0')}"}`
        return request
      },
    },
  ],
  me: () =>
    tokens.map((token) => ({
      method: 'GET',
      path: '/v1/me',
      headers: { authorization: `Bearer ${token}` },
    })),
}

const result = await autocannon({
  url,
  connections,
  duration: seconds,
  requests: requests[kind](),
})

console.log(
  JSON.stringify({
    perSecond: result.requests.total / result.duration,
    answered: result.requests.total,
    failed: result.errors + result.timeouts + result.non2xx,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }),
)
