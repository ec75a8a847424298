// Plays one client with openid-client. Its first line of input is
// {issuer, client_id, method, secret, jwk, alg, id_token_alg, redirect_uri, post_logout_redirect_uri, scope};
// it answers with lines of JSON: the address to send a person to, then, told where the
// person came back, everything it learned; then, told where a sign-out ended, that it ended.
import dns from 'node:dns'
import readline from 'node:readline'
import * as oidc from 'openid-client'

// As browsers have it: every *.localhost is this machine.
dns.lookup = (_host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const heard = async () => (await lines.next()).value
const say = (value) => console.log(JSON.stringify(value))

async function authentication ({ method, secret, jwk, alg }) {
  if (method === 'none') return oidc.None()
  if (method === 'client_secret_basic') return oidc.ClientSecretBasic(secret)
  if (method === 'client_secret_post') return oidc.ClientSecretPost(secret)
  if (method === 'client_secret_jwt') return oidc.ClientSecretJwt(secret)
  const algorithm =
    alg === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  return oidc.PrivateKeyJwt({ key, kid: jwk.kid })
}

async function configured (told) {
  const metadata = { id_token_signed_response_alg: told.id_token_alg }
  const options = { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] }
  const proof = await authentication(told)
  return oidc.discovery(new URL(told.issuer), told.client_id, metadata, proof, options)
}

async function begin (config, told) {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    maxAge: 3600,
  }
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: told.redirect_uri,
    scope: told.scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    max_age: '3600',
  })
  say({ authorize: url.href, supports_pkce: config.serverMetadata().supportsPKCE() })
  return checks
}

// The error's code, or null when the promise is kept.
const refused = (promise) => promise.then(() => null, (error) => error.error ?? error.code ?? error.message)

async function onItsOwn (config) {
  const tokens = await oidc.clientCredentialsGrant(config, { scope: 'photos.read' })
  return { scope: tokens.scope, seen: await oidc.tokenIntrospection(config, tokens.access_token) }
}

async function finish (config, told, checks, cameBack) {
  const foreign = new URL(cameBack)
  foreign.searchParams.set('iss', 'http://another.localhost')
  const mixedUp = await refused(oidc.authorizationCodeGrant(config, foreign, checks))
  const first = await oidc.authorizationCodeGrant(config, new URL(cameBack), checks)
  const claims = first.claims()
  const second = await oidc.refreshTokenGrant(config, first.refresh_token)
  const userinfo = await oidc.fetchUserInfo(config, second.access_token, claims.sub)
  const own = told.method === 'none' ? null : await onItsOwn(config)
  const logout = oidc.buildEndSessionUrl(config, {
    post_logout_redirect_uri: told.post_logout_redirect_uri,
    id_token_hint: first.id_token,
    state: 'left',
  })
  await oidc.tokenRevocation(config, second.refresh_token)
  const after = await refused(oidc.fetchUserInfo(config, second.access_token, claims.sub))
  const ended = await refused(oidc.refreshTokenGrant(config, second.refresh_token))
  say({ mixed_up: mixedUp, claims, userinfo, own, after, ended, logout: logout.href, scope: first.scope })
}

const told = JSON.parse(await heard())
const config = await configured(told)
const checks = await begin(config, told)
await finish(config, told, checks, await heard())
process.exit(0)
