"""Real servers for tests (Postfix, Dovecot), and misbehaving ones for the faults that those do not produce on demand.

Everything listens on loopback at free ports, lives in directories of its own, and stops when its owner says so.
"""
