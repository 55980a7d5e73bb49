"""How many websockets one web process serves, and what a delivery costs it."""
