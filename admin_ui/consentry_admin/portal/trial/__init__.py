"""Try it: an app's flow performed for real, each message shown with what it means.

The requests go through our own front door in this process, with the app's own registration and
for the person who looks. What the browser would carry to the app's address is kept here instead:
no address of ours is registered, and nothing reaches the app. A confidential app proves itself
with a secret that lives for the moment (`operations.trials`). Tokens are revoked at the end.
"""
