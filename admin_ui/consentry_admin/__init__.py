"""The dashboard: pages for people who use, build on and run a deployment."""
