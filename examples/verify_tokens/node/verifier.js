// Verifies access tokens of the user service, offline: no call per request. Copy this file into your service.
//
// It needs Node 20 or newer and jose (`npm install jose`). Configure it by environment:
//
//   USER_SERVICE_URL        where the user service is, with its prefix: https://shop.example.com/user
//   REVOCATION_FEED_TOKEN   the user service's setting of that name; without it tokens live until they expire
//   SECRET_KEY              the user service's, where it signs with HS256. Without it, its public keys are fetched
//   ISSUER, AUDIENCE        JWT_ISSUER and JWT_AUDIENCE there. AUDIENCE is required with public keys
//   FEED_MAX_AGE_SECONDS    how long the feed may have been out of reach (60)
//   FEED_WHEN_STALE         `refuse` (the default) or `accept` tokens after that
//
// and use it:
//
//   const verifier = verifierFromEnvironment()
//   await verifier.start()                       // asks for revocations every second
//   const claims = await verifier.verify(token)  // or throws TokenRefused (401), VerifierStale (503)

import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

const POLL_MS = 1000 // how soon a logout takes effect here, give or take the way to the user service
const TIMEOUT_MS = 5000
const KEYS_MAX_AGE_MS = 300_000 // after that a key that was withdrawn is refused; jose's default is ten minutes
const LEEWAY_SECONDS = 5 // how far clocks may differ; ASVS 9.2.1 allows a minute, and the feed remembers that longer
const ASYMMETRIC = ['ES256', 'RS256', 'EdDSA']
const REQUIRED = ['iss', 'sub', 'exp', 'iat', 'jti', 'sid']
const CANNOT_FETCH = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'] // what jose says of the keys' address

/** This token is not good. The message says why, for the log; tell the client no more than 401. */
export class TokenRefused extends Error {}

/** For too long nobody could say which tokens were taken back, or the keys cannot be fetched: answer 503. */
export class VerifierStale extends Error {}

/** What the feed has told. An entry is forgotten when no token can name it any more, so memory is bounded. */
export class Revocations {
  #url
  #token
  #sessions = new Map() // the sid, and when we were told
  #users = new Map() // the sub: from which `iat` on tokens are good, and when we were told
  #since
  #etag
  #toldAt = -Infinity

  constructor(url, token) {
    this.#url = `${url}/revocations`
    this.#token = token
  }

  /** Seconds since the feed was last known to be complete. */
  get age() {
    return (performance.now() - this.#toldAt) / 1000
  }

  /** Refuses a token that was taken back. */
  refuse(claims) {
    if (this.#sessions.has(claims.sid)) throw new TokenRefused('its session was ended')
    const user = this.#users.get(claims.sub)
    if (user && claims.iat < user.notBefore) throw new TokenRefused('its user was cut off after it was issued')
  }

  /** Asks what is new. Mostly nothing is (304). */
  async refresh() {
    const askedAt = performance.now()
    const since = this.#since ? { since: this.#since } : {}
    const [first, etag] = await this.#ask(since, this.#etag)
    if (first) {
      this.#learn(first, askedAt)
      for (let cursor = first.next_cursor; cursor; ) {
        const [page] = await this.#ask({ ...since, cursor })
        this.#learn(page, askedAt)
        cursor = page.next_cursor
      }
      this.#forget(askedAt - first.window_seconds * 1000)
      // Entries of the last minute come again: their transactions may have committed after we asked.
      this.#since = first.next_since
      this.#etag = etag
    }
    this.#toldAt = askedAt
  }

  async #ask(parameters, etag) {
    const response = await fetch(`${this.#url}?${new URLSearchParams(parameters)}`, {
      headers: { authorization: `Bearer ${this.#token}`, ...(etag && { 'if-none-match': etag }) },
      redirect: 'error', // a secret goes along
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (response.status === 304) return []
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`${response.status} for /revocations`)
    }
    return [await response.json(), response.headers.get('etag')]
  }

  #learn(page, now) {
    for (const { sid } of page.sessions) if (!this.#sessions.has(sid)) this.#sessions.set(sid, now)
    for (const { sub, not_before: text } of page.users) {
      // `iat` has whole seconds. Tokens of the same second from before are named by their sessions.
      const notBefore = Math.max(Math.floor(Date.parse(text) / 1000), this.#users.get(sub)?.notBefore ?? 0)
      this.#users.set(sub, { notBefore, toldAt: now })
    }
  }

  #forget(before) {
    for (const [sid, toldAt] of this.#sessions) if (toldAt < before) this.#sessions.delete(sid)
    for (const [sub, { toldAt }] of this.#users) if (toldAt < before) this.#users.delete(sub)
  }
}

/** Says whose a token is. */
export class Verifier {
  #key
  #options
  #revocations
  #maxAge
  #refuseWhenStale
  #timer
  #stopped = false
  #outOfReach = false

  /** `secret` (HS256) or `keysUrl` (public keys); never both, or a public key could pass for a secret. */
  constructor({ secret, keysUrl, issuer, audience, revocations, maxAge = 60, refuseWhenStale = true }) {
    if (!secret === !keysUrl) throw new Error('either a secret or the address of the keys')
    if (keysUrl && !audience) throw new Error('public keys need an audience: they verify tokens for others too')
    const fetching = { cacheMaxAge: KEYS_MAX_AGE_MS, timeoutDuration: TIMEOUT_MS }
    this.#key = secret ? new TextEncoder().encode(secret) : createRemoteJWKSet(new URL(keysUrl), fetching)
    if (secret && this.#key.length < 32) throw new Error('the secret needs 32 bytes (RFC 7518 3.2)')
    this.#options = {
      algorithms: secret ? ['HS256'] : ASYMMETRIC, // fixed here; among public keys, by the `alg` of each
      issuer,
      audience,
      typ: 'at+jwt', // RFC 9068 4
      clockTolerance: LEEWAY_SECONDS,
      requiredClaims: secret ? REQUIRED : [...REQUIRED, 'aud', 'client_id'],
    }
    this.#revocations = revocations
    this.#maxAge = maxAge
    this.#refuseWhenStale = refuseWhenStale
  }

  /** Asks for the first time, then goes on asking in the background. */
  async start() {
    if (this.#revocations) await this.#keepUp()
  }

  /** Asks no more. */
  stop() {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /** The claims of a token that is genuine, current and not taken back. */
  async verify(token) {
    const { payload, protectedHeader } = await this.#verified(token)
    for (const name of ['jku', 'jwk', 'x5u', 'x5c']) {
      if (name in protectedHeader) throw new TokenRefused('brings a key of its own (RFC 8725 3.10)')
    }
    if (!this.#options.audience && payload.aud !== undefined) throw new TokenRefused('is for somebody else')
    if (typeof payload.sub !== 'string' || typeof payload.sid !== 'string' || typeof payload.iat !== 'number') {
      throw new TokenRefused('claims of the wrong type')
    }
    if (this.#revocations) {
      if (this.#refuseWhenStale && this.#revocations.age > this.#maxAge) {
        throw new VerifierStale('the revocation feed is out of reach')
      }
      this.#revocations.refuse(payload)
    }
    return payload
  }

  async #verified(token) {
    try {
      return await jwtVerify(token, this.#key, this.#options)
    } catch (error) {
      const cannotFetch = !(error instanceof errors.JOSEError) || CANNOT_FETCH.includes(error.code)
      if (cannotFetch && typeof this.#key === 'function') throw new VerifierStale(error.message)
      throw new TokenRefused(error.message)
    }
  }

  async #keepUp() {
    try {
      await this.#revocations.refresh()
      if (this.#outOfReach) console.warn('verifier: the user service answers again')
      this.#outOfReach = false
    } catch (error) {
      const then = this.#refuseWhenStale ? 'refused' : 'accepted all the same'
      const message = `verifier: no news of revoked tokens; after ${this.#maxAge} s tokens are ${then}: ${error}`
      if (!this.#outOfReach) console.warn(message)
      this.#outOfReach = true
    }
    if (!this.#stopped) this.#timer = setTimeout(() => this.#keepUp(), POLL_MS)
  }
}

/** As the head of this file says. */
export function verifierFromEnvironment(env = process.env) {
  const url = env.USER_SERVICE_URL.replace(/\/+$/, '')
  const whenStale = env.FEED_WHEN_STALE || 'refuse'
  if (!['refuse', 'accept'].includes(whenStale)) throw new Error('FEED_WHEN_STALE is `refuse` or `accept`')
  return new Verifier({
    ...(env.SECRET_KEY ? { secret: env.SECRET_KEY } : { keysUrl: `${url}/.well-known/jwks.json` }),
    issuer: env.ISSUER || 'user-service',
    audience: env.AUDIENCE || undefined,
    revocations: env.REVOCATION_FEED_TOKEN ? new Revocations(url, env.REVOCATION_FEED_TOKEN) : undefined,
    maxAge: Number(env.FEED_MAX_AGE_SECONDS || 60),
    refuseWhenStale: whenStale === 'refuse',
  })
}
