// An order service: Node's own http server, and tokens of the user service verified offline.
//
// The head of verifier.js says which environment variables configure it. Run:
//
//   npm ci
//   USER_SERVICE_URL=http://127.0.0.1:9090 SECRET_KEY=… REVOCATION_FEED_TOKEN=… PORT=9191 npm start

import { createServer } from 'node:http'

import { TokenRefused, VerifierStale, verifierFromEnvironment } from './verifier.js'

const verifier = verifierFromEnvironment()
await verifier.start()

const server = createServer(async (request, response) => {
  const answer = (status, body, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
  if (request.method !== 'GET' || request.url !== '/orders') return answer(404, { detail: 'There is nothing here.' })
  const [, token] = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? []
  if (!token) return answer(401, { detail: 'Please log in first.' }, { 'www-authenticate': 'Bearer' })
  try {
    const { sub, email, role } = await verifier.verify(token)
    // The role in a token is a hint of when it was issued: decide nothing grave by it.
    answer(200, { user_id: Number(sub), email, role, orders: [] })
  } catch (error) {
    if (error instanceof TokenRefused) {
      answer(401, { detail: 'Please log in again.' }, { 'www-authenticate': 'Bearer error="invalid_token"' })
    } else if (error instanceof VerifierStale) {
      answer(503, { detail: 'Please try again in a moment.' }, { 'retry-after': '1' })
    } else {
      console.error(error)
      answer(500, { detail: 'Something went wrong on our side.' })
    }
  }
})
server.listen(Number(process.env.PORT ?? 9191), '127.0.0.1')

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    verifier.stop()
    server.close()
    server.closeAllConnections()
  })
}
