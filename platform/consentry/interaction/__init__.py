"""What a person is asked, step by step, and the pages that ask it.

Owns the flow that travels sealed through the browser, sign-in, account choice,
consent and sign-out. Leaves proofs to `identity`, and protocol answers to the doors:
each finished step leads back to the address the flow came from.
"""
