"""What tests stand on: private servers, clients, worlds. Nothing here is a test."""
