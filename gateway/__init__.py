"""The secure mail gateway: an outgoing-mail relay for public services."""

__version__ = "0.1.0"
