"""Rules a request is held to, shared by endpoints and grants."""
