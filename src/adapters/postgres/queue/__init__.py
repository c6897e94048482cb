"""The way of facts from the outbox to whoever is to hear of them.

All of it is the relay's, who sees every tenant; any number of relays at once.
"""
