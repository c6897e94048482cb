"""JSON in, commands out; views in, JSON out. What is not wire stays out of here."""
