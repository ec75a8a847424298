"""Moving in from another product: clients, people, and tokens that keep counting.

A shape knows one product's tables and says what it found; what becomes of it here is the same
for all. Leaves reading the other database to the store, and presented tokens to `tokens`.
"""
