"""The wire words of OAuth and OpenID Connect: what messages say, before anyone acts on them.

Owns parsing, grammar and the registered error codes as pure functions and frozen values.
Leaves to other rooms everything that needs a store, a clock, a key or a person.
"""
