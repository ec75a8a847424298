// For programs run by the tests: every *.localhost is this machine, as browsers have it.
import dns from 'node:dns'

dns.lookup = (_host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
