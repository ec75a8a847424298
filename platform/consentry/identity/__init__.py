"""Proofs of who a person is. Leaves what a person is asked, and when, to `interaction`."""
