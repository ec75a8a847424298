"""The interfaces of other libraries, async, over this project's rules.

Owns the names people know from Authlib and django-oauth2-provider, for apps that bring their
own models. Leaves every rule to `spec`, `client` and `resource`, and knows no tenant and no
store of the platform.
"""
